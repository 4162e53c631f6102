//===- Target.cpp - The processor that code is made for ---------------*- C++ -*-===//
//
// The one place that knows names of processors and their features.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Codegen/Target.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/CommandLine.h"
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
    // The pass `gatefold-hoist-addresses` has done its work, which would take a sixth of the time
    // that code generation takes. LLVM offers no other switch for one pass of its back end.
    if (llvm::cl::Option *option = llvm::cl::getRegisteredOptions().lookup("disable-lsr"))
      option->addOccurrence(0, "disable-lsr", "true");
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
  target.scalesByPowersOfTwo = (*processor)->checkFeatures("+avx512f");
  target.convertsHalves = (*processor)->checkFeatures("+f16c");
  if ((*processor)->checkFeatures("+avx512vnni"))
    target.dotBytes = "llvm.x86.avx512.vpdpbusd.512";
  if ((*processor)->checkFeatures("+avx512f"))
    target.vectorLanes = 16;
  else if ((*processor)->checkFeatures("+avx"))
    target.vectorLanes = 8;
  return llvm::Error::success();
}

/// An error for a processor that has no 64-bit code, which LLVM's code generator would abort on.
static llvm::Error checkWordSize(const Target &target) {
  auto processor = describeProcessor(target);
  if (!processor)
    return processor.takeError();
  if (!llvm::Triple(target.triple).isX86() || (*processor)->checkFeatures("+64bit"))
    return llvm::Error::success();
  return llvm::createStringError("the processor `" + target.cpu +
                                 "` has no 64-bit code; expected one for " + target.triple +
                                 ", such as x86-64");
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
      if (llvm::Error error = checkWordSize(target))
        return std::move(error);
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

/// The extensions of x86-64 that bring instructions, unlike features that only tune.
static constexpr llvm::StringLiteral instructionSets[] = {"sse3",
                                                          "ssse3",
                                                          "sse4.1",
                                                          "sse4.2",
                                                          "avx",
                                                          "avx2",
                                                          "fma",
                                                          "bmi",
                                                          "bmi2",
                                                          "lzcnt",
                                                          "popcnt",
                                                          "movbe",
                                                          "f16c",
                                                          "avx512f",
                                                          "avx512cd",
                                                          "avx512bw",
                                                          "avx512dq",
                                                          "avx512vl",
                                                          "avx512vnni",
                                                          "avx512bf16",
                                                          "avx512fp16",
                                                          "avx512ifma",
                                                          "avx512vbmi",
                                                          "avx512vbmi2",
                                                          "avx512bitalg",
                                                          "avx512vp2intersect",
                                                          "avx512vpopcntdq",
                                                          "avxvnni",
                                                          "avxvnniint8",
                                                          "avxifma",
                                                          "avxneconvert",
                                                          "avx10.1",
                                                          "avx10.2",
                                                          "amx-tile",
                                                          "gfni",
                                                          "vaes",
                                                          "vpclmulqdq",
                                                          "sha",
                                                          "adx",
                                                          "xop",
                                                          "fma4",
                                                          "tbm",
                                                          "sse4a"};

llvm::Error Target::checkRunsHere() const {
  Target here = host();
  if (cpu == here.cpu && features == here.features)
    return llvm::Error::success();
  auto wanted = describeProcessor(*this);
  if (!wanted)
    return wanted.takeError();
  auto available = describeProcessor(here);
  if (!available)
    return available.takeError();
  if (!llvm::Triple(triple).isX86())
    return llvm::Error::success();
  std::string lacking;
  for (llvm::StringRef name : instructionSets) {
    std::string feature = ("+" + name).str();
    if ((*wanted)->checkFeatures(feature) && !(*available)->checkFeatures(feature))
      lacking += (lacking.empty() ? "" : ", ") + name.str();
  }
  if (lacking.empty())
    return llvm::Error::success();
  return llvm::createStringError("this machine cannot run code for `" + cpu + "`: it lacks " +
                                 lacking + "; use --target-cpu host");
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

int64_t Target::getAccumulators() const {
  // AVX-512 has 32 registers of 16 elements; before it there are 16, of 8 elements or 4.
  return vectorLanes >= 16 ? 24 : vectorLanes >= 8 ? 6 : 3;
}
