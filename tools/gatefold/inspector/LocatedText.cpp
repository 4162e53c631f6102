//===- LocatedText.cpp - Text whose lines know their operations --*- C++ -*-===//
//
// Note [Numbers as lines]
// LLVM carries a line for each instruction through all that the code generator does, and never
// makes other code for it. A location of ours may be many places, calls within calls, and the
// source texts of a debugger know none of that. So every operation gets a number, which is the line
// in a file that does not exist; what LLVM says about lines then leads back to operations and their
// locations.
//
//===----------------------------------------------------------------------===//

#include "LocatedText.h"
#include "../ValueNames.h"
#include "gatefold/Codegen/Pipeline.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/CallInterfaces.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/BinaryFormat/Dwarf.h"
#include "llvm/IR/AssemblyAnnotationWriter.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/Support/FormattedStream.h"

using namespace gatefold;

OperationOrigins::OperationOrigins(mlir::ModuleOp module) {
  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<mlir::Location>> calls;
  mlir::SymbolTable symbols(module);
  module.walk([&](mlir::CallOpInterface call) {
    auto symbol = llvm::dyn_cast<mlir::SymbolRefAttr>(call.getCallableForCallee());
    mlir::Operation *function = symbol ? symbols.lookup(symbol.getRootReference()) : nullptr;
    if (function && llvm::isa<mlir::UnknownLoc>(function->getLoc()))
      calls[function].push_back(call.getLoc());
  });
  for (const auto &[function, locations] : calls)
    callers.try_emplace(function, mlir::FusedLoc::get(module.getContext(), locations));
}

mlir::Location OperationOrigins::find(mlir::Operation *op) const {
  if (!llvm::isa<mlir::UnknownLoc>(op->getLoc()))
    return op->getLoc();
  auto function = llvm::dyn_cast<mlir::FunctionOpInterface>(op);
  if (!function)
    function = op->getParentOfType<mlir::FunctionOpInterface>();
  auto found = callers.find(function);
  return found == callers.end() ? op->getLoc() : found->second;
}

LocatedText gatefold::printLocated(mlir::ModuleOp module) {
  LocatedText result;
  mlir::OpPrintingFlags flags;
  flags.printNameLocAsPrefix(true);
  mlir::OwningOpRef<mlir::ModuleOp> copy = copyForPrinting(module);
  mlir::AsmState::LocationMap lines;
  mlir::AsmState state(*copy, flags, &lines);
  llvm::raw_string_ostream os(result.text);
  (*copy)->print(os, state);
  os << '\n';
  OperationOrigins origins(module);
  // In the order of the text, so that what is counted by it is the same in every run.
  std::vector<mlir::Operation *> printed;
  copy->walk<mlir::WalkOrder::PreOrder>([&](mlir::Operation *op) { printed.push_back(op); });
  auto next = printed.begin();
  module.walk<mlir::WalkOrder::PreOrder>([&](mlir::Operation *op) {
    if (auto place = lines.find(*next++); place != lines.end())
      result.lines.emplace_back(place->second.first - 1, origins.find(op));
  });
  return result;
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

namespace {

/// Gives operations and block arguments numbers as their locations.
class Numberer {
public:
  Numberer(mlir::ModuleOp module, std::vector<mlir::LocationAttr> &locations)
      : module(module), context(module.getContext()), origins(module), locations(locations),
        file(mlir::LLVM::DIFileAttr::get(context, "operations", "")),
        unit(mlir::LLVM::DICompileUnitAttr::get(
            newId(), llvm::dwarf::DW_LANG_C, file, mlir::StringAttr::get(context, "gatefold"),
            /*isOptimized=*/true, mlir::LLVM::DIEmissionKind::LineTablesOnly)) {}

  void run() {
    locations.assign(1, {});
    for (auto function : module.getOps<mlir::LLVM::LLVMFuncOp>())
      if (!function.isExternal())
        number(function);
  }

private:
  mlir::DistinctAttr newId() { return mlir::DistinctAttr::create(mlir::UnitAttr::get(context)); }

  mlir::Location replace(mlir::Location location) {
    locations.push_back(location);
    return mlir::FileLineColLoc::get(context, "operations", locations.size() - 1, 1);
  }

  void number(mlir::LLVM::LLVMFuncOp function) {
    function.walk([&](mlir::Operation *op) {
      op->setLoc(replace(origins.find(op)));
      for (mlir::Region &region : op->getRegions())
        for (mlir::BlockArgument argument : region.getArguments())
          argument.setLoc(replace(argument.getLoc()));
    });
    for (mlir::Block &block : llvm::drop_begin(function.getBody()))
      for (mlir::BlockArgument argument : block.getArguments())
        argument.setLoc(replace(argument.getLoc()));
    auto type = mlir::LLVM::DISubroutineTypeAttr::get(context, llvm::dwarf::DW_CC_normal, {});
    auto scope = mlir::LLVM::DISubprogramAttr::get(
        context, newId(), unit, file, function.getSymNameAttr(), function.getSymNameAttr(), file,
        /*line=*/1, /*scopeLine=*/1,
        mlir::LLVM::DISubprogramFlags::Definition | mlir::LLVM::DISubprogramFlags::Optimized, type,
        /*retainedNodes=*/{}, /*annotations=*/{});
    function->setLoc(mlir::FusedLoc::get({function->getLoc()}, scope, context));
  }

  mlir::ModuleOp module;
  mlir::MLIRContext *context;
  OperationOrigins origins;
  std::vector<mlir::LocationAttr> &locations;
  mlir::LLVM::DIFileAttr file;
  mlir::LLVM::DICompileUnitAttr unit;
};

/// Notes the line that each instruction is printed on.
class LineNoter : public llvm::AssemblyAnnotationWriter {
public:
  void emitInstructionAnnot(const llvm::Instruction *instruction,
                            llvm::formatted_raw_ostream &os) override {
    lines[instruction] = os.getLine();
  }
  llvm::DenseMap<const llvm::Instruction *, unsigned> lines;
};

} // namespace

llvm::Expected<NumberedCode> NumberedCode::make(mlir::ModuleOp module, llvm::LLVMContext &context,
                                                const Target &target) {
  NumberedCode code;
  mlir::OwningOpRef<mlir::ModuleOp> copy(module.clone());
  Numberer(*copy, code.locations).run();
  auto numbered = translateToLLVMIR(*copy, context, target);
  if (!numbered)
    return numbered.takeError();
  code.numbered = std::move(*numbered);
  return code;
}

LocatedText NumberedCode::print(const llvm::Module &code) const {
  LocatedText result;
  LineNoter noter;
  llvm::raw_string_ostream os(result.text);
  code.print(os, &noter);
  for (const llvm::Function &function : code) {
    const llvm::Function *twin = numbered->getFunction(function.getName());
    if (!twin || twin->getInstructionCount() != function.getInstructionCount())
      continue;
    for (const auto &[instruction, other] :
         llvm::zip_equal(llvm::instructions(function), llvm::instructions(*twin)))
      if (const llvm::DebugLoc &place = other.getDebugLoc())
        if (mlir::LocationAttr location = getLocation(place.getLine()))
          result.lines.emplace_back(noter.lines.lookup(&instruction), location);
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Assembly
//===----------------------------------------------------------------------===//

namespace {

/// An instruction in a text of assembly.
struct AssemblyLine {
  llvm::StringRef text;
  unsigned line;   ///< counted from 0
  unsigned number; ///< of the operation that it is for; 0: unknown
};

} // namespace

/// The instructions of each function of a text of assembly, by its label.
static llvm::StringMap<std::vector<AssemblyLine>> findInstructions(llvm::StringRef assembly) {
  llvm::StringMap<std::vector<AssemblyLine>> functions;
  std::vector<AssemblyLine> *current = nullptr;
  unsigned line = 0, number = 0;
  for (llvm::StringRef text : llvm::split(assembly, '\n')) {
    if (text.consume_front("\t.loc\t")) {
      auto [file, rest] = text.split(' ');
      if (rest.split(' ').first.getAsInteger(10, number))
        number = 0;
    } else if (!text.empty() && !llvm::StringRef(".#\t").contains(text[0]) && text.contains(':')) {
      current = &functions[text.split(':').first];
      number = 0;
    } else if (current && text.starts_with("\t") && !text.starts_with("\t.") &&
               !text.starts_with("\t#")) {
      current->push_back({text.split('#').first.trim(), line, number});
    }
    ++line;
  }
  return functions;
}

llvm::Expected<LocatedText> NumberedCode::locateAssembly(std::string assembly,
                                                         const Target &target) {
  llvm::SmallString<0> other;
  llvm::raw_svector_ostream os(other);
  if (llvm::Error error = emitMachineCode(*numbered, target, Stage::Assembly, os))
    return std::move(error);
  LocatedText result{std::move(assembly), {}};
  llvm::StringMap<std::vector<AssemblyLine>> twins = findInstructions(other);
  for (const auto &[name, instructions] : findInstructions(result.text)) {
    const std::vector<AssemblyLine> &twin = twins[name];
    bool isEqual =
        llvm::equal(instructions, twin, [](const AssemblyLine &left, const AssemblyLine &right) {
          return left.text == right.text;
        });
    if (!isEqual)
      continue;
    for (auto [instruction, numberedLine] : llvm::zip_equal(instructions, twin))
      if (mlir::LocationAttr location = getLocation(numberedLine.number))
        result.lines.emplace_back(instruction.line, location);
  }
  return result;
}
