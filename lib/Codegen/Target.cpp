//===- Target.cpp - The processor that code is made for ---------------*- C++ -*-===//
//
// The one place that knows names of processors and their features.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Codegen/Target.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Target/TargetOptions.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/SubtargetFeature.h"

using namespace gatefold;

/// Makes LLVM's back end for this machine's architecture known, once.
static void initializeBackEnd() {
  static const bool done = [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    llvm::InitializeNativeTargetAsmParser();
    return true;
  }();
  (void)done;
}

static llvm::Expected<std::unique_ptr<llvm::MCSubtargetInfo>>
describeProcessor(const Target &target) {
  initializeBackEnd();
  std::string error;
  llvm::Triple triple(target.triple);
  const llvm::Target *backEnd = llvm::TargetRegistry::lookupTarget(triple, error);
  if (!backEnd)
    return llvm::createStringError(error);
  return std::unique_ptr<llvm::MCSubtargetInfo>(
      backEnd->createMCSubtargetInfo(triple, target.cpu, target.features));
}

/// Reads from LLVM's tables what the lowering wants to know.
static llvm::Error completeTarget(Target &target) {
  auto processor = describeProcessor(target);
  if (!processor)
    return processor.takeError();
  target.hasFusedMultiplyAdd = (*processor)->checkFeatures("+fma");
  if ((*processor)->checkFeatures("+avx512f"))
    target.vectorLanes = 16;
  else if ((*processor)->checkFeatures("+avx"))
    target.vectorLanes = 8;
  return llvm::Error::success();
}

Target Target::host() {
  static const Target target = [] {
    Target host;
    host.triple = llvm::sys::getProcessTriple();
    host.cpu = llvm::sys::getHostCPUName().str();
    llvm::SubtargetFeatures features;
    for (const auto &feature : llvm::sys::getHostCPUFeatures())
      features.AddFeature(feature.getKey(), feature.getValue());
    host.features = features.getString();
    llvm::cantFail(completeTarget(host));
    return host;
  }();
  return target;
}

llvm::Expected<Target> Target::named(llvm::StringRef cpu) {
  if (cpu == "host" || cpu.empty())
    return host();
  Target target;
  target.triple = llvm::sys::getProcessTriple();
  target.cpu = "generic";
  auto processor = describeProcessor(target);
  if (!processor)
    return processor.takeError();
  llvm::StringRef nearest;
  unsigned distance = cpu.size() / 2 + 1;
  for (const llvm::SubtargetSubTypeKV &known : (*processor)->getAllProcessorDescriptions()) {
    if (cpu == known.Key) {
      target.cpu = cpu.str();
      if (llvm::Error error = completeTarget(target))
        return std::move(error);
      return target;
    }
    if (unsigned other = cpu.edit_distance(known.Key, true, distance); other < distance) {
      nearest = known.Key;
      distance = other;
    }
  }
  std::string hint = nearest.empty() ? "" : ("; did you mean `" + nearest + "`?").str();
  return llvm::createStringError("unknown processor `" + cpu + "` for " + target.triple + hint);
}

llvm::Expected<std::unique_ptr<llvm::TargetMachine>> Target::createMachine() const {
  initializeBackEnd();
  std::string error;
  llvm::Triple parsed(triple);
  const llvm::Target *backEnd = llvm::TargetRegistry::lookupTarget(parsed, error);
  if (!backEnd)
    return llvm::createStringError(error);
  llvm::TargetOptions options;
  // Only what the IR fuses is fused: results must not depend on the shape of the code around them.
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  // The vectors are explicit in the IR, so the cheapest level that selects instructions well is
  // enough.
  std::unique_ptr<llvm::TargetMachine> machine(
      backEnd->createTargetMachine(parsed, cpu, features, options, llvm::Reloc::PIC_, std::nullopt,
                                   llvm::CodeGenOptLevel::Less));
  if (!machine)
    return llvm::createStringError("no code generator for " + triple);
  return machine;
}
