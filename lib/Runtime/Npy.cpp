//===- Npy.cpp - Tensors in NumPy's .npy format ------------------*- C++ -*-===//
//
// Reading and writing. The header is a Python dictionary of three entries; just as much of Python
// is parsed.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/Npy.h"
#include "Error.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"
#include <cstring>

using namespace gatefold;

static constexpr llvm::StringLiteral magic("\x93NUMPY");

namespace {
/// What the header says.
struct Header {
  std::string descr;
  bool isFortranOrder = false;
  Tensor::Shape shape;
};

/// Parses {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }.
class HeaderParser {
public:
  explicit HeaderParser(llvm::StringRef text) : rest(text) {}

  llvm::Expected<Header> parse();

private:
  llvm::Error parseEntry(Header &header);
  llvm::Error parseShape(Tensor::Shape &shape);
  bool parseString(llvm::StringRef &value);

  /// Takes `token` if it comes next.
  bool take(llvm::StringRef token) {
    rest = rest.ltrim();
    return rest.consume_front(token);
  }

  llvm::Error expected(const llvm::Twine &what) {
    return makeError("header: expected " + what + ", found " + quoteFound(rest.trim()));
  }

  llvm::StringRef rest;
  llvm::SmallVector<llvm::StringRef, 3> keys; // those seen so far
};
} // namespace

bool HeaderParser::parseString(llvm::StringRef &value) {
  rest = rest.ltrim();
  if (!rest.starts_with("'") && !rest.starts_with("\""))
    return false;
  size_t end = rest.find(rest.front(), 1);
  if (end == llvm::StringRef::npos)
    return false;
  value = rest.slice(1, end);
  rest = rest.drop_front(end + 1);
  return true;
}

llvm::Error HeaderParser::parseShape(Tensor::Shape &shape) {
  if (!take("("))
    return expected("the shape as a tuple");
  while (!take(")")) {
    int64_t extent;
    rest = rest.ltrim();
    if (rest.consumeInteger(10, extent) || extent < 0)
      return expected("an axis of the shape, not negative");
    shape.push_back(extent);
    if (!take(",")) {
      if (!take(")"))
        return expected("`,` or `)` in the shape");
      break;
    }
  }
  return llvm::Error::success();
}

llvm::Error HeaderParser::parseEntry(Header &header) {
  llvm::StringRef key;
  if (!parseString(key) || !take(":"))
    return expected("a key and `:`");
  if (llvm::is_contained(keys, key))
    return makeError("header: key `" + key + "` occurs twice");
  keys.push_back(key);
  if (key == "shape")
    return parseShape(header.shape);
  if (key == "fortran_order") {
    header.isFortranOrder = take("True");
    if (!header.isFortranOrder && !take("False"))
      return expected("True or False for fortran_order");
    return llvm::Error::success();
  }
  if (key != "descr")
    return makeError("header: expected descr, fortran_order and shape, found " + quoteFound(key));
  llvm::StringRef descr;
  if (!parseString(descr))
    return expected("descr to be one plain type, such as '<f4'");
  header.descr = descr.str();
  return llvm::Error::success();
}

llvm::Expected<Header> HeaderParser::parse() {
  Header header;
  if (!take("{"))
    return expected("`{`");
  while (!take("}")) {
    if (llvm::Error error = parseEntry(header))
      return std::move(error);
    if (!take(",")) {
      if (!take("}"))
        return expected("`,` or `}`");
      break;
    }
  }
  if (!rest.trim().empty())
    return expected("nothing after `}`");
  if (keys.size() != 3)
    return makeError("header: expected descr, fortran_order and shape, found only " +
                     llvm::Twine(keys.size()) + " of them");
  return header;
}

/// The format's name of a type, without the byte order: "f4"; empty for bf16, which it does not
/// know.
static llvm::StringRef descrOf(ElementType type) {
  switch (type) {
  case ElementType::F16:
    return "f2";
  case ElementType::BF16:
    return "";
  case ElementType::F32:
    return "f4";
  case ElementType::F64:
    return "f8";
  case ElementType::I8:
    return "i1";
  case ElementType::U8:
    return "u1";
  case ElementType::I16:
    return "i2";
  case ElementType::U16:
    return "u2";
  case ElementType::I32:
    return "i4";
  case ElementType::U32:
    return "u4";
  case ElementType::I64:
    return "i8";
  case ElementType::U64:
    return "u8";
  case ElementType::Bool:
    return "b1";
  }
  llvm_unreachable("all element types are listed");
}

static llvm::Expected<ElementType> typeOfDescr(llvm::StringRef descr) {
  llvm::StringRef name = descr;
  bool isBigEndian = name.consume_front(">");
  if (!isBigEndian && !name.consume_front("<") && !name.consume_front("|"))
    name.consume_front("=");
  for (ElementType type : allElementTypes()) {
    if (name.empty() || name != descrOf(type))
      continue;
    if (isBigEndian && elementSize(type) > 1)
      return makeError("expected little-endian numbers, found " + quoteFound(descr) +
                       "; convert with numpy: a.astype('<" + name + "')");
    return type;
  }
  if (name.starts_with("O"))
    return makeError("expected numbers, found Python objects (" + quoteFound(descr) + ")");
  return makeError(
      "expected numbers of type f2, f4, f8, i1, i2, i4, i8, u1, u2, u4, u8 or b1; found " +
      quoteFound(descr));
}

/// Lays out anew, row by row, what lies column by column.
static Tensor fromColumns(ElementType type, llvm::ArrayRef<int64_t> shape, const char *columns) {
  Tensor result = Tensor::zeros(type, shape);
  int64_t size = elementSize(type);
  char *rows = result.mutableBytes();
  llvm::SmallVector<int64_t, 4> place(shape.size(), 0);
  for (int64_t i = 0, count = result.numElements(); i < count; ++i) {
    int64_t from = 0;
    for (size_t axis = shape.size(); axis-- > 0;)
      from = from * shape[axis] + place[axis];
    std::memcpy(rows + i * size, columns + from * size, static_cast<size_t>(size));
    for (size_t axis = shape.size(); axis-- > 0;) {
      if (++place[axis] < shape[axis])
        break;
      place[axis] = 0;
    }
  }
  return result;
}

/// Splits the file into the header's text and the data.
static llvm::Expected<std::pair<llvm::StringRef, llvm::StringRef>> split(llvm::StringRef contents) {
  if (!contents.starts_with(magic) || contents.size() < 8)
    return makeError("expected a .npy file, which begins with \\93NUMPY and a version, found " +
                     quoteFound(contents.take_front(8)));
  int version = static_cast<uint8_t>(contents[6]);
  if (version < 1 || version > 3)
    return makeError("expected .npy version 1, 2 or 3, found " + llvm::Twine(version));
  size_t lengthBytes = version == 1 ? 2 : 4;
  llvm::StringRef rest = contents.drop_front(8);
  if (rest.size() < lengthBytes)
    return makeError("the file is truncated: it ends before the header");
  uint64_t length = version == 1 ? llvm::support::endian::read16le(rest.data())
                                 : llvm::support::endian::read32le(rest.data());
  rest = rest.drop_front(lengthBytes);
  if (rest.size() < length)
    return makeError("the file is truncated: expected a header of " + llvm::Twine(length) +
                     " bytes, found " + llvm::Twine(rest.size()));
  return std::make_pair(rest.take_front(length), rest.drop_front(length));
}

/// As `parseNpy`; messages do not name the file yet.
static llvm::Expected<Tensor> parseContents(const InputFile &file) {
  auto parts = split(file->getBuffer());
  if (!parts)
    return parts.takeError();
  llvm::StringRef data = parts->second;
  llvm::Expected<Header> header = HeaderParser(parts->first).parse();
  if (!header)
    return header.takeError();
  llvm::Expected<ElementType> type = typeOfDescr(header->descr);
  if (!type)
    return type.takeError();
  llvm::Expected<int64_t> numBytes = countBytes(*type, header->shape);
  if (!numBytes)
    return numBytes.takeError();
  if (static_cast<uint64_t>(*numBytes) != data.size())
    return makeError(
        "expected " + llvm::Twine(*numBytes) + " bytes of data for " + elementTypeName(*type) +
        " " + shapeText(header->shape) + ", found " + llvm::Twine(data.size()) +
        (data.size() < static_cast<uint64_t>(*numBytes) ? "; the file is truncated" : ""));
  if (header->isFortranOrder)
    return fromColumns(*type, header->shape, data.data());
  return Tensor::view(*type, header->shape, {data.data(), data.size()}, file);
}

llvm::Expected<Tensor> gatefold::parseNpy(const InputFile &file) {
  llvm::Expected<Tensor> tensor = parseContents(file);
  if (!tensor)
    return fileError(file, llvm::toString(tensor.takeError()));
  return tensor;
}

llvm::Expected<Tensor> gatefold::readNpy(llvm::StringRef path) {
  llvm::Expected<InputFile> file = openInputFile(path);
  if (!file)
    return file.takeError();
  return parseNpy(*file);
}

/// The shape as a Python tuple: "()", "(3,)", "(3, 4)".
static std::string tupleText(llvm::ArrayRef<int64_t> shape) {
  std::string axes = llvm::join(
      llvm::map_range(shape, [](int64_t extent) { return std::to_string(extent); }), ", ");
  return "(" + axes + (shape.size() == 1 ? ",)" : ")");
}

llvm::Error gatefold::writeNpy(llvm::raw_ostream &out, const Tensor &tensor) {
  llvm::StringRef descr = descrOf(tensor.type());
  if (descr.empty())
    return makeError(".npy files do not hold " + elementTypeName(tensor.type()) +
                     "; write a .safetensors file");
  std::string header =
      ("{'descr': '" + llvm::Twine(elementSize(tensor.type()) == 1 ? "|" : "<") + descr +
       "', 'fortran_order': False, 'shape': " + tupleText(tensor.shape()) + ", }")
          .str();
  // The data begin at a multiple of 64, and the header ends in a newline. Version 2 is for more
  // than 65535 bytes.
  bool isLong = header.size() > 65000;
  size_t prefix = magic.size() + 2 + (isLong ? 4 : 2);
  header.resize(llvm::alignTo(prefix + header.size() + 1, 64) - prefix - 1, ' ');
  header += '\n';
  out << magic << (isLong ? '\2' : '\1') << '\0';
  for (size_t byte = 0; byte < (isLong ? 4 : 2); ++byte)
    out << static_cast<char>(header.size() >> (8 * byte));
  out << header;
  out.write(tensor.bytes().data(), tensor.bytes().size());
  return llvm::Error::success();
}
