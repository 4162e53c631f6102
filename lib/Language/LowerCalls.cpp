//===- LowerCalls.cpp - Calls of functions and instances ----------*- C++ -*-===//
//
// A call is inlined: the callee's body is lowered in a scope of its own. See Note [Frames].
//
//===----------------------------------------------------------------------===//

#include "LowerBody.h"

using namespace gatefold;
using namespace gatefold::lowering;

/// The argument as the callee sees it, whose frame is the caller's and then `mapped`.
LoweredValue BodyLowering::enterFrame(ValueBuilder &build, LoweredValue argument,
                                      const Shape &mapped, unsigned extraAxes) {
  if (mapped.empty() || argument.isNumber())
    return argument;
  if (extraAxes == 0 && !argument.isFramed)
    return argument;
  const bool needsMapped = extraAxes == 0;
  Shape core(llvm::ArrayRef<Dim>(argument.shape).drop_front(extraAxes));
  Shape whole = mapped;
  whole.append(core.begin(), core.end());
  // All of the callee's frame or nothing: what has a part of it is broadcast along the rest.
  if (needsMapped || !argument.isFramed)
    argument = build.expand(argument, argument.element, whole, true);
  argument.shape = std::move(core);
  argument.isFramed = true;
  return argument;
}

/// The result as the caller sees it: the mapped axes are axes of its own.
LoweredValue BodyLowering::leaveFrame(ValueBuilder &build, LoweredValue result,
                                      const Shape &mapped) {
  if (mapped.empty())
    return result;
  Shape whole = mapped;
  whole.append(result.shape.begin(), result.shape.end());
  if (!result.isFramed) // depends on no mapped argument
    return build.expand(result, result.isNumber() ? Element::F32 : result.element, whole, false);
  result.shape = std::move(whole);
  result.isFramed = !scope.frame.empty();
  return result;
}

LoweredValue BodyLowering::lowerBuiltinCall(const CallExpression &call, llvm::StringRef name) {
  const CallTarget &target = call.target;
  llvm::SmallVector<LoweredValue> arguments;
  for (const Expression *argument : target.arguments)
    arguments.push_back(lower(*argument));
  llvm::SmallVector<int64_t> sizes;
  for (const Dim &size : target.sizes)
    sizes.push_back(size.substitute(scope.sizes).asConstant().value_or(1));
  ValueBuilder build = builderAt(call.range, name);
  return lowerBuiltin(build, *target.builtin,
                      {arguments, target.axes, sizes, substitute(call.type.dims, scope.sizes)});
}

void BodyLowering::bindDefault(const Parameter &parameter) {
  LoweredValue value = lower(*parameter.defaultValue);
  if (value.isNumber() && parameter.symbol->type.element != Element::F32)
    value =
        builderAt(parameter.defaultValue->range).asTensor(value, parameter.symbol->type.element);
  bind(parameter.symbol, std::move(value));
}

std::vector<LoweredValue> BodyLowering::lowerCall(const CallExpression &call,
                                                  llvm::StringRef name) {
  const CallTarget &target = call.target;
  if (target.kind == CallTarget::Kind::Builtin)
    return {lowerBuiltinCall(call, name)};
  const Declaration &callee = *target.declaration;
  const Shape mapped = substitute(target.mapped, scope.sizes);
  llvm::SmallVector<LoweredValue> arguments;
  for (auto [argument, parameter] : llvm::zip_equal(target.arguments, callee.parameters)) {
    const bool isDefault = argument == parameter.defaultValue.get();
    arguments.push_back(isDefault ? LoweredValue() : lower(*argument));
  }
  ValueBuilder build = builderAt(call.range, name);
  Scope inner;
  inner.instance =
      target.kind == CallTarget::Kind::Instance ? instanceOf(target.instance) : nullptr;
  inner.sizes = substitute(target.dimensions, scope.sizes);
  inner.frame = scope.frame;
  inner.frame.append(mapped.begin(), mapped.end());
  inner.caller = build.location;
  inner.memories = scope.memories;
  BodyLowering body(entry, std::move(inner));
  for (auto [i, parameter] : llvm::enumerate(callee.parameters)) {
    if (target.arguments[i] == parameter.defaultValue.get()) {
      body.bindDefault(parameter);
      continue;
    }
    LoweredValue value = enterFrame(build, arguments[i], mapped, target.extraAxes[i]);
    if (value.isNumber() && parameter.symbol->type.element != Element::F32)
      value = build.asTensor(value, parameter.symbol->type.element);
    body.bind(parameter.symbol, std::move(value));
  }
  body.recordParameters(callee);
  std::vector<LoweredValue> results = body.run(callee);
  for (LoweredValue &result : results)
    result = leaveFrame(build, std::move(result), mapped);
  return results;
}
