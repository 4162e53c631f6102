//===- DeriveGenerate.cpp - The loop around a decoder ---------------*- C++ -*-===//
//
// Derives the entry `generate` from what begins a generation and from one step of it.
//
//===----------------------------------------------------------------------===//

#include "gatefold/IR/Generate.h"
#include "gatefold/Transforms/Passes.h"

namespace gatefold {
#define GEN_PASS_DEF_DERIVEGENERATE
#include "gatefold/Transforms/Passes.h.inc"
} // namespace gatefold

using namespace mlir;
using namespace gatefold;

namespace {
/// Collects the ports of the new entry.
class GenerateBuilder {
public:
  GenerateBuilder(ir::EntryOp decode, OpBuilder builder) : decode(decode), builder(builder) {}

  /// `prompt` is the output of `sequence` with the tokens to read first; null if there are none.
  void build(ir::PortAttr prompt, Type promptType);

private:
  struct Side {
    SmallVector<Type> types;
    SmallVector<ir::PortAttr> ports;
  };
  static void add(Side &side, Type type, ir::PortAttr port) {
    side.types.push_back(type);
    side.ports.push_back(port);
  }
  ir::PortAttr makePort(ir::PortKind kind, StringRef name, ArrayRef<StringRef> dims) {
    return ir::PortAttr::get(
        builder.getContext(), kind, builder.getStringAttr(name),
        llvm::map_to_vector(dims, [&](StringRef dim) { return builder.getStringAttr(dim); }));
  }
  void addPerExample(Side &side, ir::PortKind kind, StringRef name, Type element) {
    add(side, RankedTensorType::get({ShapedType::kDynamic}, element),
        makePort(kind, (ir::generatePrefix + name).str(), batchDimension));
  }
  void addUpdated(Side &side);

  ir::EntryOp decode;
  OpBuilder builder;
};
} // namespace

/// What the loop goes on from: how far the examples are, and all that the decoder reads but its
/// token.
void GenerateBuilder::addUpdated(Side &side) {
  for (StringRef name : {"token", "row_example", "steps", "made", "state"})
    addPerExample(side, ir::PortKind::Memory, name, builder.getI32Type());
  for (unsigned index = 1; index < decode.getNumArguments(); ++index) {
    ir::PortAttr port = decode.getArgumentPort(index);
    add(side, decode.getArgumentTypes()[index],
        ir::PortAttr::get(builder.getContext(), ir::PortKind::Memory, port.getName(),
                          port.getDims()));
  }
}

void GenerateBuilder::build(ir::PortAttr prompt, Type promptType) {
  Type i32 = builder.getI32Type(), f64 = builder.getF64Type();
  Side arguments, results;
  for (auto [name, type] : {std::pair<StringRef, Type>("temperature", f64),
                            {"top_k", i32},
                            {"top_p", f64},
                            {"seed", builder.getI64Type()},
                            {"end", i32},
                            {"limit", i32}})
    addPerExample(arguments, ir::PortKind::Input, name, type);
  unsigned numSettings = arguments.types.size();
  if (prompt)
    add(arguments, promptType,
        ir::PortAttr::get(builder.getContext(), ir::PortKind::Input, prompt.getName(),
                          prompt.getDims()));
  addUpdated(arguments);
  std::string tokens = (ir::generatePrefix + "tokens").str();
  add(results, RankedTensorType::get({ShapedType::kDynamic, ShapedType::kDynamic}, i32),
      makePort(ir::PortKind::Output, tokens, {batchDimension, ir::generateDimension}));
  addPerExample(results, ir::PortKind::Output, "count", i32);
  addUpdated(results);

  Location loc = decode.getLoc();
  auto entry = ir::EntryOp::create(builder, loc, "generate", arguments.types, arguments.ports,
                                   results.types, results.ports);
  Block &body = entry.getBody().front();
  OpBuilder inside = OpBuilder::atBlockEnd(&body);
  Value most = ir::SizeOp::create(inside, loc, inside.getIndexType(), ir::generateDimension);
  ValueRange given = body.getArguments();
  ValueRange settings = given.take_front(numSettings), rest = given.drop_front(numSettings);
  Value promptValue = prompt ? rest.front() : Value();
  rest = rest.drop_front(prompt ? 1 : 0);
  auto generate = ir::GenerateOp::create(inside, loc, results.types, decode.getSymName(), most,
                                         settings[0], settings[1], settings[2], settings[3],
                                         settings[4], settings[5], promptValue, rest[0], rest[1],
                                         rest[2], rest[3], rest[4], rest.drop_front(5));
  ir::ReturnOp::create(inside, loc, generate.getResults());
}

namespace {
struct DeriveGenerate : gatefold::impl::DeriveGenerateBase<DeriveGenerate> {
  using Base::Base;

  void runOnOperation() final {
    ir::ModelOp model = getOperation();
    DictionaryAttr generation = model.getGenerationAttr();
    ir::EntryOp decode = model.lookupEntry("decode"), sequence = model.lookupEntry("sequence");
    if (!generation || !decode || !sequence || decode.isExternal() || model.lookupEntry("generate"))
      return;
    ir::PortAttr prompt;
    Type promptType;
    if (auto name = generation.getAs<StringAttr>("prompt"))
      for (auto [index, type] : llvm::enumerate(sequence.getResultTypes()))
        if (sequence.getResultPort(index).getName() == name) {
          prompt = sequence.getResultPort(index);
          promptType = type;
        }
    OpBuilder builder = OpBuilder::atBlockEnd(&model.getBody().front());
    GenerateBuilder(decode, builder).build(prompt, promptType);
  }
};
} // namespace
