//===- Reader.cpp - ONNX files -----------------------------------*- C++ -*-===//
//
// Models and tensors from protocol buffers.
//
//===----------------------------------------------------------------------===//

#include "Reader.h"
#include "gatefold/Runtime/Error.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace gatefold;
using namespace gatefold::onnx;

llvm::Expected<std::unique_ptr<ModelProto>> onnx::readModel(const InputFile &file) {
  llvm::StringRef bytes = file->getBuffer();
  if (bytes.size() > static_cast<size_t>(std::numeric_limits<int>::max()))
    return fileError(file, "has more than 2 GiB, which the format does not allow; large weights "
                           "lie in files of their own");
  auto model = std::make_unique<ModelProto>();
  if (!model->ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return fileError(file, "is no ONNX model: its bytes are no protocol buffer, or are nested too "
                           "deeply");
  if (!model->has_graph())
    return fileError(file, "is no ONNX model: it has no graph");
  return model;
}

//===----------------------------------------------------------------------===//
// Data outside of the file
//===----------------------------------------------------------------------===//

/// Where the bytes of a tensor lie.
namespace {
struct ExternalData {
  std::string location;
  uint64_t offset = 0;
  std::optional<uint64_t> length;
};
} // namespace

static ExternalData describeExternalData(const TensorProto &proto) {
  ExternalData data;
  for (const StringStringEntryProto &entry : proto.external_data()) {
    uint64_t number = 0;
    bool isNumber = llvm::to_integer(entry.value(), number, 10);
    if (entry.key() == "location") {
      data.location = entry.value();
    } else if (entry.key() == "offset" || entry.key() == "length") {
      if (!isNumber)
        fail("`" + entry.key() + "` of external data is no number: `" + entry.value() + "`");
      if (entry.key() == "offset")
        data.offset = number;
      else
        data.length = number;
    }
  }
  return data;
}

/// Maps the file of external data, which has to lie in the model's folder.
static InputFile openExternalData(const ExternalData &data, llvm::StringRef folder) {
  namespace path = llvm::sys::path;
  if (data.location.empty() || path::is_absolute(data.location))
    fail("external data lies at `" + data.location +
         "`, expected a path within the model's folder");
  llvm::SmallString<256> wanted(folder.empty() ? "." : folder), real, realFolder;
  path::append(wanted, data.location);
  if (std::error_code error = llvm::sys::fs::real_path(wanted, real))
    fail("external data `" + data.location + "` cannot be read: " + error.message());
  llvm::sys::fs::real_path(folder.empty() ? "." : folder, realFolder);
  if (!llvm::StringRef(real).starts_with((realFolder + "/").str()))
    fail("external data `" + data.location + "` lies outside of the model's folder");
  llvm::Expected<InputFile> file = openInputFile(real);
  if (!file)
    fail(llvm::toString(file.takeError()));
  return *file;
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

/// A tensor of the bytes of a file that lies beside the model.
static Tensor readExternal(const TensorProto &proto, ElementType type,
                           llvm::ArrayRef<int64_t> shape, int64_t bytes, llvm::StringRef folder) {
  ExternalData data = describeExternalData(proto);
  InputFile file = openExternalData(data, folder);
  uint64_t there = file->getBufferSize();
  uint64_t length = data.length.value_or(bytes);
  if (length != static_cast<uint64_t>(bytes) || data.offset > there || there - data.offset < length)
    fail("external data `" + data.location + "` has " + llvm::Twine(there) + " bytes, expected " +
         llvm::Twine(bytes) + " from " + llvm::Twine(data.offset) + " on");
  return Tensor::view(type, shape,
                      llvm::ArrayRef<char>(file->getBufferStart() + data.offset, length), file);
}

/// Fills a tensor from one of the typed lists.
template <typename T, typename List>
static Tensor fromList(ElementType type, llvm::ArrayRef<int64_t> shape, const List &list) {
  // Compared before there is memory for it, which a short file may not ask for.
  int64_t elements = llvm::cantFail(countBytes(type, shape)) / elementSize(type);
  if (elements != list.size())
    fail("a tensor of shape " + shapeText(shape) + " has " + llvm::Twine(list.size()) +
         " elements in the file, expected " + llvm::Twine(elements));
  Tensor tensor = Tensor::zeros(type, shape);
  T *to = tensor.mutableData<T>();
  for (auto value : list)
    *to++ = static_cast<T>(value);
  return tensor;
}

static Tensor readLists(const TensorProto &proto, ElementType type, llvm::ArrayRef<int64_t> shape) {
  switch (type) {
  case ElementType::F32:
    return fromList<float>(type, shape, proto.float_data());
  case ElementType::F64:
    return fromList<double>(type, shape, proto.double_data());
  case ElementType::I64:
    return fromList<int64_t>(type, shape, proto.int64_data());
  case ElementType::U64:
    return fromList<uint64_t>(type, shape, proto.uint64_data());
  case ElementType::U32:
    return fromList<uint32_t>(type, shape, proto.uint64_data());
  case ElementType::I32:
    return fromList<int32_t>(type, shape, proto.int32_data());
  case ElementType::I16:
    return fromList<int16_t>(type, shape, proto.int32_data());
  case ElementType::F16:
  case ElementType::BF16:
  case ElementType::U16:
    return fromList<uint16_t>(type, shape, proto.int32_data());
  case ElementType::I8:
    return fromList<int8_t>(type, shape, proto.int32_data());
  case ElementType::U8:
    return fromList<uint8_t>(type, shape, proto.int32_data());
  case ElementType::Bool:
    return fromList<uint8_t>(type, shape, proto.int32_data());
  }
  return Tensor();
}

Tensor onnx::readTensor(const TensorProto &proto, llvm::StringRef folder) {
  std::optional<ElementType> type = storedAs(static_cast<DataType>(proto.data_type()));
  if (!type)
    fail("tensors of " + dataTypeName(static_cast<DataType>(proto.data_type())) +
         " are not supported");
  llvm::SmallVector<int64_t> shape(proto.dims().begin(), proto.dims().end());
  llvm::Expected<int64_t> bytes = countBytes(*type, shape);
  if (!bytes)
    fail(llvm::toString(bytes.takeError()));
  if (proto.data_location() == 1)
    return readExternal(proto, *type, shape, *bytes, folder);
  if (!proto.has_raw_data())
    return readLists(proto, *type, shape);
  if (static_cast<int64_t>(proto.raw_data().size()) != *bytes)
    fail("a tensor of shape " + shapeText(shape) + " has " + llvm::Twine(proto.raw_data().size()) +
         " bytes in the file, expected " + llvm::Twine(*bytes));
  Tensor tensor = Tensor::zeros(*type, shape);
  std::copy(proto.raw_data().begin(), proto.raw_data().end(), tensor.mutableBytes());
  return tensor;
}

//===----------------------------------------------------------------------===//
// Literals
//===----------------------------------------------------------------------===//

Literal onnx::makeLiteral(const Tensor &tensor) {
  Literal contents;
  ElementType carrier = *carrierOf(dataTypeOf(tensor.type()));
  int64_t count = tensor.numElements();
  if (carrier == ElementType::F32) {
    for (int64_t i = 0; i < count; ++i)
      contents.floats.push_back(static_cast<float>(tensor.elementAsDouble(i)));
    return contents;
  }
  for (int64_t i = 0; i < count; ++i) {
    if (tensor.type() == ElementType::I64 || tensor.type() == ElementType::U64)
      contents.integers.push_back(tensor.data<int64_t>()[i]);
    else if (tensor.type() == ElementType::Bool)
      contents.integers.push_back(tensor.data<uint8_t>()[i] != 0);
    else
      contents.integers.push_back(static_cast<int64_t>(tensor.elementAsDouble(i)));
  }
  return contents;
}

Tensor onnx::makeTensor(const Literal &literal, ElementType carrier,
                        llvm::ArrayRef<int64_t> shape) {
  Tensor tensor = Tensor::zeros(carrier, shape);
  size_t count = tensor.numElements();
  for (size_t i = 0; i < count; ++i) {
    switch (carrier) {
    case ElementType::F32:
      tensor.mutableData<float>()[i] = literal.floats[i];
      break;
    case ElementType::I64:
      tensor.mutableData<int64_t>()[i] = literal.integers[i];
      break;
    case ElementType::I32:
      tensor.mutableData<int32_t>()[i] = static_cast<int32_t>(literal.integers[i]);
      break;
    default:
      tensor.mutableData<uint8_t>()[i] = literal.integers[i] != 0;
    }
  }
  return tensor;
}
