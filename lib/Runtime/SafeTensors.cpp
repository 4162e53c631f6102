//===- SafeTensors.cpp - Checkpoints in the safetensors format ---*- C++ -*-===//
//
// Reading, with every check that the format asks for, and writing.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/SafeTensors.h"
#include "Error.h"
#include "gatefold/Runtime/Json.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Endian.h"

using namespace gatefold;

static constexpr uint64_t lengthBytes = 8;
static constexpr uint64_t largestHeader = 100'000'000;

/// The format's name of an element type.
static llvm::StringRef formatName(ElementType type) {
  switch (type) {
  case ElementType::F16:
    return "F16";
  case ElementType::BF16:
    return "BF16";
  case ElementType::F32:
    return "F32";
  case ElementType::F64:
    return "F64";
  case ElementType::I8:
    return "I8";
  case ElementType::U8:
    return "U8";
  case ElementType::I16:
    return "I16";
  case ElementType::U16:
    return "U16";
  case ElementType::I32:
    return "I32";
  case ElementType::U32:
    return "U32";
  case ElementType::I64:
    return "I64";
  case ElementType::U64:
    return "U64";
  case ElementType::Bool:
    return "BOOL";
  }
  llvm_unreachable("all element types are listed");
}

static std::optional<ElementType> typeOfFormatName(llvm::StringRef name) {
  for (ElementType type : allElementTypes())
    if (formatName(type) == name)
      return type;
  return std::nullopt;
}

namespace {
/// What the header says of one tensor. The data are the bytes begin..end-1 after the header.
struct Entry {
  std::string name;
  ElementType type = ElementType::F32;
  Tensor::Shape shape;
  int64_t begin = 0;
  int64_t end = 0;
};
} // namespace

/// Reads a list of integers that are not negative; nullopt for anything else.
static std::optional<Tensor::Shape> readSizes(const llvm::json::Value *value) {
  const llvm::json::Array *array = value ? value->getAsArray() : nullptr;
  if (!array)
    return std::nullopt;
  Tensor::Shape sizes;
  for (const llvm::json::Value &element : *array) {
    std::optional<int64_t> size = element.getAsInteger();
    if (!size || *size < 0)
      return std::nullopt;
    sizes.push_back(*size);
  }
  return sizes;
}

/// What was found in a place of the header, for a message.
static std::string spell(const llvm::json::Value *value) {
  if (!value)
    return "nothing";
  std::string text;
  llvm::raw_string_ostream(text) << *value;
  return quoteFound(text, 80);
}

/// Reads what the header says of one tensor. `dataBytes` is how much data the file has.
static llvm::Expected<Entry> readEntry(llvm::StringRef name, const llvm::json::Value &value,
                                       int64_t dataBytes) {
  const llvm::json::Object *fields = value.getAsObject();
  if (!fields)
    return makeError("expected an object with dtype, shape and data_offsets, found " +
                     spell(&value));
  for (const auto &field : *fields)
    if (!llvm::is_contained({"dtype", "shape", "data_offsets"}, field.first.str()))
      return makeError("expected dtype, shape and data_offsets, found the key `" +
                       llvm::Twine(field.first.str()) + "`");

  Entry entry;
  entry.name = name.str();
  const llvm::json::Value *dtype = fields->get("dtype");
  std::optional<llvm::StringRef> dtypeName = fields->getString("dtype");
  std::optional<ElementType> type = dtypeName ? typeOfFormatName(*dtypeName) : std::nullopt;
  if (!type) {
    std::string known = llvm::join(llvm::map_range(allElementTypes(), formatName), ", ");
    return makeError("expected a dtype of " + known + "; found " + spell(dtype));
  }
  entry.type = *type;

  std::optional<Tensor::Shape> shape = readSizes(fields->get("shape"));
  if (!shape)
    return makeError("expected a shape of integers that are not negative, found " +
                     spell(fields->get("shape")));
  entry.shape = *shape;
  llvm::Expected<int64_t> numBytes = countBytes(entry.type, entry.shape);
  if (!numBytes)
    return numBytes.takeError();

  std::optional<Tensor::Shape> offsets = readSizes(fields->get("data_offsets"));
  if (!offsets || offsets->size() != 2 || (*offsets)[0] > (*offsets)[1])
    return makeError("expected data_offsets [begin, end] with 0 <= begin <= end, found " +
                     spell(fields->get("data_offsets")));
  entry.begin = (*offsets)[0];
  entry.end = (*offsets)[1];
  if (entry.end > dataBytes)
    return makeError("expected data_offsets within the " + llvm::Twine(dataBytes) +
                     " bytes of data in the file, found " + shapeText(*offsets) +
                     "; the file may be truncated");
  if (entry.end - entry.begin != *numBytes)
    return makeError(elementTypeName(entry.type) + " " + shapeText(entry.shape) + " takes " +
                     llvm::Twine(*numBytes) + " bytes, but data_offsets " + shapeText(*offsets) +
                     " are " + llvm::Twine(entry.end - entry.begin));
  return entry;
}

/// Checks the header's optional free-form part, which maps strings to strings.
static llvm::Error checkMetadata(const llvm::json::Value &value) {
  const llvm::json::Object *fields = value.getAsObject();
  if (!fields)
    return makeError("expected an object of strings, found " + spell(&value));
  for (const auto &field : *fields)
    if (!field.second.getAsString())
      return makeError("expected a string for `" + llvm::Twine(field.first.str()) + "`, found " +
                       spell(&field.second));
  return llvm::Error::success();
}

/// Checks that the tensors, sorted by place, fill the data without gap and overlap.
static llvm::Error checkPlaces(const InputFile &file, llvm::ArrayRef<Entry> entries,
                               int64_t dataBytes) {
  int64_t expected = 0;
  const Entry *previous = nullptr;
  for (const Entry &entry : entries) {
    if (entry.begin < expected)
      return fileError(file, "tensor `" + entry.name + "`: its data begin at byte " +
                                 llvm::Twine(entry.begin) + ", within those of tensor `" +
                                 previous->name + "`, which end at byte " + llvm::Twine(expected));
    if (entry.begin > expected)
      return fileError(file, "tensor `" + entry.name + "`: its data begin at byte " +
                                 llvm::Twine(entry.begin) + ", expected byte " +
                                 llvm::Twine(expected) + "; the data of tensors have no gaps");
    expected = entry.end;
    previous = &entry;
  }
  if (expected != dataBytes)
    return fileError(file, "expected " + llvm::Twine(expected) +
                               " bytes of data after the header, found " + llvm::Twine(dataBytes));
  return llvm::Error::success();
}

/// The header's JSON text, whose length the file's first bytes give.
static llvm::Expected<llvm::StringRef> findHeader(const InputFile &file) {
  llvm::StringRef contents = file->getBuffer();
  if (contents.size() < lengthBytes)
    return fileError(file, "expected the 8 bytes of a safetensors header's length, found " +
                               llvm::Twine(contents.size()) + " bytes in all");
  uint64_t length = llvm::support::endian::read64le(contents.data());
  if (length > largestHeader)
    return fileError(file, "expected a header of at most " + llvm::Twine(largestHeader) +
                               " bytes, found " + llvm::Twine(length) +
                               "; this may be no safetensors file");
  if (length > contents.size() - lengthBytes)
    return fileError(file, "expected a header of " + llvm::Twine(length) + " bytes, but only " +
                               llvm::Twine(contents.size() - lengthBytes) +
                               " follow; the file may be truncated");
  return contents.substr(lengthBytes, length);
}

/// Reads all entries of the header, sorted by where their data are.
static llvm::Expected<std::vector<Entry>> readEntries(const InputFile &file, llvm::StringRef header,
                                                      int64_t dataBytes) {
  llvm::Expected<llvm::json::Value> json = parseJson(header);
  if (!json)
    return fileError(file, "header: " + llvm::toString(json.takeError()));
  const llvm::json::Object *fields = json->getAsObject();
  if (!fields || !header.starts_with("{"))
    return fileError(file, "header: expected a JSON object that begins the header");
  std::vector<Entry> entries;
  for (const auto &[key, value] : *fields) {
    llvm::StringRef name = key;
    if (name == "__metadata__") {
      if (llvm::Error error = checkMetadata(value))
        return fileError(file, "header: __metadata__: " + llvm::toString(std::move(error)));
      continue;
    }
    llvm::Expected<Entry> entry = readEntry(name, value, dataBytes);
    if (!entry)
      return fileError(file, "tensor `" + name + "`: " + llvm::toString(entry.takeError()));
    entries.push_back(std::move(*entry));
  }
  llvm::sort(entries, [](const Entry &a, const Entry &b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  return entries;
}

llvm::Expected<NamedTensors> gatefold::parseSafeTensors(const InputFile &file) {
  llvm::Expected<llvm::StringRef> header = findHeader(file);
  if (!header)
    return header.takeError();
  llvm::StringRef data = file->getBuffer().substr(lengthBytes + header->size());
  auto dataBytes = static_cast<int64_t>(data.size());
  llvm::Expected<std::vector<Entry>> entries = readEntries(file, *header, dataBytes);
  if (!entries)
    return entries.takeError();
  if (llvm::Error error = checkPlaces(file, *entries, dataBytes))
    return std::move(error);

  NamedTensors tensors;
  for (const Entry &entry : *entries) {
    llvm::StringRef bytes =
        data.slice(static_cast<size_t>(entry.begin), static_cast<size_t>(entry.end));
    tensors.set(entry.name,
                Tensor::view(entry.type, entry.shape, {bytes.data(), bytes.size()}, file));
  }
  return tensors;
}

llvm::Expected<NamedTensors> gatefold::readSafeTensors(llvm::StringRef path) {
  llvm::Expected<InputFile> file = openInputFile(path);
  if (!file)
    return file.takeError();
  return parseSafeTensors(*file);
}

/// The header for these tensors, padded with spaces so that the data begin at a multiple of 8.
static std::string makeHeader(const NamedTensors &tensors) {
  std::string header;
  llvm::raw_string_ostream out(header);
  llvm::json::OStream json(out);
  int64_t begin = 0;
  json.object([&] {
    for (const NamedTensor &entry : tensors) {
      int64_t end = begin + static_cast<int64_t>(entry.tensor.bytes().size());
      json.attributeObject(entry.name, [&] {
        json.attribute("dtype", formatName(entry.tensor.type()));
        json.attribute("shape", llvm::json::Array(entry.tensor.shape()));
        json.attribute("data_offsets", llvm::json::Array({begin, end}));
      });
      begin = end;
    }
  });
  header.resize(llvm::alignTo(header.size(), lengthBytes), ' ');
  return header;
}

llvm::Error gatefold::writeSafeTensors(llvm::raw_ostream &out, const NamedTensors &tensors) {
  for (const NamedTensor &entry : tensors)
    if (entry.name == "__metadata__" || !llvm::json::isUTF8(entry.name))
      return makeError("`" + llvm::json::fixUTF8(entry.name) +
                       "` cannot name a tensor in a safetensors file");
  std::string header = makeHeader(tensors);
  char length[lengthBytes];
  llvm::support::endian::write64le(length, header.size());
  out.write(length, sizeof(length));
  out << header;
  for (const NamedTensor &entry : tensors) {
    llvm::ArrayRef<char> bytes = entry.tensor.bytes();
    out.write(bytes.data(), bytes.size());
  }
  return llvm::Error::success();
}
