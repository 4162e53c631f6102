//===- CheckScans.cpp - Cells along sequences, final memories -----*- C++ -*-===//
//
// `ys, last = scan reverse c(xs; memory) from (h = e)` and `last.inner.c`.
//
//===----------------------------------------------------------------------===//

#include "CheckerImpl.h"

#include "llvm/ADT/StringExtras.h"

using namespace gatefold;
using namespace gatefold::checking;

using Kind = Declaration::Kind;

Type DeclarationChecker::typeOfScan(ScanExpression &scan) {
  if (!checkScan(scan))
    return Type::invalid();
  if (scan.results.size() == 1)
    return scan.results[0];
  error(scan.range, quoted(scan.callee.text) + " has " + counted(scan.results.size(), "result") +
                        ", but one value is expected here")
      .note(scan.instance->declaration->name.range, "the cell is declared here")
      .withHint("name its results on a line of its own: `a, b = scan " + scan.callee.text +
                "(...)`");
  return Type::invalid();
}

/// Checks all of a scan but the number of its results.
bool DeclarationChecker::checkScan(ScanExpression &scan) {
  for (const ExpressionPtr &sequence : scan.sequences)
    checkExpression(*sequence);
  for (const ExpressionPtr &fixed : scan.fixed)
    checkExpression(*fixed);
  for (const InitialMemory &memory : scan.initial)
    checkExpression(*memory.value);
  Symbol *instance = findStepped(scan.range, scan.callee, "`scan`");
  if (!instance || names.brokenSignatures.contains(instance->declaration))
    return false;
  scan.instance = instance;
  const Declaration &callee = *instance->declaration;
  std::vector<Expression *> arguments;
  std::vector<unsigned> extraAxes;
  if (!checkSequences(scan, callee, arguments, extraAxes))
    return false;
  Unifier unifier(callee, instance->dimensions);
  if (!unify(unifier, scan.range, callee, arguments, extraAxes))
    return false;
  scan.dimensions = unifier.bindings();
  checkMemoriesGiven(*instance, scan.initial);
  for (const ResultSyntax &result : callee.results) {
    Type type = unifier.inCallersTerms(result.resolved);
    if (!isExpressible(scan.range, callee, type))
      return false;
    type.dims.insert(type.dims.begin(), scan.steps);
    scan.results.push_back(std::move(type));
  }
  scan.type = scan.results.empty() ? Type::invalid() : scan.results[0];
  return true;
}

/// The cell that `what`, a scan or a generation, runs.
Symbol *DeclarationChecker::findStepped(SourceRange range, const Name &name, llvm::StringRef what) {
  if (declaration.kind != Kind::Model) {
    error(range, what + " stands in models only, not in a " + nounOf(declaration.kind))
        .withHint(declaration.kind == Kind::Cell
                      ? "call the cell: `" + name.text + "(...)` advances it by one step"
                      : "sequences are walked in a `model`");
    return nullptr;
  }
  Symbol *instance = findLocal(name.text);
  if (!instance) {
    const Declaration *cell = names.findDeclaration(name.text, declaration.fromLibrary);
    if (cell)
      error(name.range,
            what + " needs an instance, found the " + nounOf(cell->kind) + " " + quoted(name.text))
          .note(cell->name.range, "it is declared here")
          .withHint("make one on a line of its own: `name = " + name.text + "[...]`");
    else if (!reportIfLater(name))
      reportUnknown(name, "instance", {SymbolKind::Instance}, false);
    return nullptr;
  }
  instance->used = true;
  if (instance->kind != SymbolKind::Instance) {
    if (instance->kind == SymbolKind::Memories || !instance->type.isInvalid())
      error(name.range, what + " needs an instance of a cell, " + quoted(name.text) + " is none")
          .note(instance->definition, "it is defined here");
    return nullptr;
  }
  if (instance->count) {
    error(name.range, quoted(name.text) + " is an array of instances, not one")
        .note(instance->definition, "the instances are made here")
        .withHint("walk it: `for part in " + name.text + " { xs = scan part(xs) }`");
    return nullptr;
  }
  if (isIn(BlockKind::Mapped)) {
    error(range, what + " cannot stand in a comprehension over a size or a value");
    return nullptr;
  }
  if (instance->declaration->kind == Kind::Cell)
    return instance;
  error(name.range, what + " needs an instance of a cell, " + quoted(name.text) +
                        " is one of the " + nounOf(instance->declaration->kind) + " " +
                        quoted(instance->declaration->name.text))
      .note(instance->definition, "the instance is made here")
      .withHint("a layer maps over sequences by itself: `" + name.text + "(...)`");
  return nullptr;
}

bool checking::hasEnough(const Declaration &cell, bool behind, size_t count) {
  size_t least = 0, most = 0;
  for (const Parameter &parameter : cell.parameters)
    if (parameter.fixed == behind) {
      ++most;
      if (!parameter.defaultValue)
        least = most;
    }
  return least <= count && count <= most;
}

bool DeclarationChecker::checkSequences(ScanExpression &scan, const Declaration &callee,
                                        std::vector<Expression *> &arguments,
                                        std::vector<unsigned> &extraAxes) {
  const size_t fixed = llvm::count_if(callee.parameters, [](auto &p) { return p.fixed; });
  const size_t sequences = callee.parameters.size() - fixed;
  const std::string name = quoted(callee.name.text);
  if (!hasEnough(callee, false, scan.sequences.size()) ||
      !hasEnough(callee, true, scan.fixed.size())) {
    error(scan.range, name + " takes " + counted(sequences, "sequence") +
                          (fixed ? " and " + counted(fixed, "value") + " behind `;`" : "") +
                          ", found " + std::to_string(scan.sequences.size()) +
                          (fixed || !scan.fixed.empty()
                               ? " and " + std::to_string(scan.fixed.size()) + " behind `;`"
                               : ""))
        .note(callee.name.range, name + " is declared here");
    return false;
  }
  if (scan.sequences.empty()) {
    error(scan.range, "`scan` needs a sequence to run along, but " + name + " takes none")
        .note(callee.name.range, name + " is declared here");
    return false;
  }
  bool isValid = true;
  auto sequence = scan.sequences.begin(), constant = scan.fixed.begin();
  const Expression *first = nullptr;
  for (const Parameter &parameter : callee.parameters) {
    auto &next = parameter.fixed ? constant : sequence;
    extraAxes.push_back(parameter.fixed ? 0 : 1);
    if (next == (parameter.fixed ? scan.fixed : scan.sequences).end()) {
      arguments.push_back(nullptr); // the default
      continue;
    }
    Expression &argument = **next++;
    arguments.push_back(&argument);
    if (!matchElement(argument, parameter, callee)) {
      isValid = false;
      continue;
    }
    const unsigned rank = parameter.symbol->type.rank() + extraAxes.back();
    if (argument.type.rank() != rank) {
      Diagnostic &message = reportArgument(argument, parameter, callee,
                                           Unifier(callee, scan.instance->dimensions), 0);
      if (!parameter.fixed)
        message.withHint("the argument of a scan has one axis more in front, the steps");
      isValid = false;
    } else if (!parameter.fixed && !first) {
      first = &argument;
      scan.steps = argument.type.dims[0];
    } else if (!parameter.fixed && argument.type.dims[0] != scan.steps) {
      Diagnostic &message =
          error(argument.range, "the sequences of a scan need one length, found " +
                                    scan.steps.str() + " and " + argument.type.dims[0].str());
      noteOperand(message, *first);
      noteOperand(message, argument);
      isValid = false;
    }
  }
  return isValid;
}

//===----------------------------------------------------------------------===//
// Memories by path
//===----------------------------------------------------------------------===//

/// A size of a declaration in the terms of the one that makes the first of `owners`.
static Dim inOutermostTerms(Dim size, llvm::ArrayRef<const Symbol *> owners) {
  for (const Symbol *owner : llvm::reverse(owners))
    size = size.substitute(owner->dimensions);
  return size;
}

/// The state, or the cell on the way to it, that a step of a path names; reports what is not found.
const Symbol *DeclarationChecker::findStep(const Declaration &owner, const PathStep &step,
                                           bool isLast) {
  const Name &name = *step.name;
  std::vector<std::string> states, instances;
  const Symbol *found = nullptr;
  for (const auto &symbol : owner.symbols) {
    const bool isCell = symbol->kind == SymbolKind::Instance &&
                        symbol->declaration->kind == Kind::Cell && !symbol->array;
    const bool isState = symbol->kind == SymbolKind::State && !symbol->grows;
    if (isState)
      states.push_back(symbol->name);
    if (isCell)
      instances.push_back(symbol->name);
    if (symbol->name == name.text && (isLast ? isState : isCell))
      found = symbol.get();
  }
  // Of a declaration with errors, states may be missing for a reason already reported.
  if (found || !owner.isValid)
    return found;
  const bool isInstance = llvm::is_contained(instances, name.text);
  Diagnostic &message =
      error(name.range, isInstance ? quoted(name.text) + " is a cell within " +
                                         quoted(owner.name.text) + ", not a state"
                                   : quoted(owner.name.text) + " has no " +
                                         (isLast ? "state " : "cell ") + quoted(name.text))
          .note(owner.name.range, quoted(owner.name.text) + " is declared here");
  llvm::append_range(states, instances);
  hintNearest(message, name.text, states);
  if (isInstance)
    message.withHint("name one of its states: `" + name.text + ".h`");
  else if (message.hint.empty() && !states.empty())
    message.withHint("its memories are " + llvm::join(states, ", "));
  return nullptr;
}

/// Checks that an array has a place behind it, and nothing else has; `owners` lead to `part`.
bool DeclarationChecker::checkPlace(const Symbol &part, const PathStep &step,
                                    llvm::ArrayRef<const Symbol *> owners,
                                    std::vector<ArrayPlace> &elements) {
  const Name &name = *step.name;
  if (!part.count && !step.place)
    return true;
  if (part.count && !step.place) {
    error(name.range, quoted(name.text) + " is an array of cells, not one")
        .note(part.definition, "the instances are made here")
        .withHint("say which one, from 0: `" + name.text + "[0].h`");
    return false;
  }
  if (!part.count) {
    const llvm::StringRef what = part.kind == SymbolKind::State ? "a state" : "one cell";
    error(step.place->range, quoted(name.text) + " is " + what + " and no array of cells")
        .note(part.definition, "it is defined here");
    return false;
  }
  std::optional<Dim> place = checkSize(*step.place);
  if (!place || !requireStatic(step.place->range, *place, "the place in an array"))
    return false;
  elements.push_back({*place, inOutermostTerms(*part.count, owners), step.place->range});
  return true;
}

/// Follows instances down to a state and returns its type in the terms of this declaration. Reports
/// what is not found.
std::optional<Type> DeclarationChecker::followPath(const Symbol &instance,
                                                   llvm::ArrayRef<PathStep> path,
                                                   std::vector<const Symbol *> &symbols,
                                                   std::vector<ArrayPlace> &elements) {
  std::vector<const Symbol *> owners = {&instance};
  for (const PathStep &step : path) {
    const bool isLast = &step == &path.back();
    const Symbol *found = findStep(*owners.back()->declaration, step, isLast);
    if (!found || !checkPlace(*found, step, owners, elements))
      return std::nullopt;
    symbols.push_back(found);
    if (!isLast)
      owners.push_back(found);
  }
  Type type = symbols.back()->type;
  for (Dim &size : type.dims)
    size = inOutermostTerms(size, owners);
  return type.isInvalid() ? std::nullopt : std::optional(type);
}

/// Checks the memories that a scan or a generation begins with.
void DeclarationChecker::checkMemoriesGiven(const Symbol &cell, std::vector<InitialMemory> &given) {
  llvm::StringMap<SourceRange> seen;
  for (InitialMemory &memory : given) {
    std::vector<PathStep> path;
    std::string spelled;
    for (auto [name, place] : llvm::zip_equal(memory.path, memory.places)) {
      path.push_back({&name, place.get()});
      spelled += (spelled.empty() ? "" : ".") + name.text;
      if (place)
        spelled += "[" + textOf(*place) + "]";
    }
    SourceRange range(memory.path.front().range.Start, memory.path.back().range.End);
    auto [first, isNew] = seen.try_emplace(spelled, range);
    if (!isNew) {
      error(range, quoted(spelled) + " is given twice")
          .note(first->second, "it is given here first");
      continue;
    }
    if (std::optional<Type> type = followPath(cell, path, memory.symbols, memory.elements))
      fits(*memory.value, *type);
  }
}

Type DeclarationChecker::typeOfMember(MemberExpression &member) {
  std::vector<PathStep> path;
  Expression *base = &member, *place = nullptr;
  while (true) {
    auto *index = llvm::dyn_cast<IndexExpression>(base);
    const bool isPlace = index && !place && llvm::isa<MemberExpression>(*index->base) &&
                         index->items.size() == 1 && index->items[0].kind == IndexItem::Kind::At;
    if (auto *inner = llvm::dyn_cast<MemberExpression>(base)) {
      path.insert(path.begin(), {&inner->member, place});
      place = nullptr;
      base = inner->base.get();
    } else if (isPlace) {
      place = index->items[0].first.get();
      base = index->base.get();
    } else {
      break;
    }
  }
  auto *name = llvm::dyn_cast<NameExpression>(base);
  Symbol *memories = name && !name->name.primed ? findLocal(name->name.text) : nullptr;
  if (memories && memories->kind == SymbolKind::Memories) {
    memories->used = true;
    name->symbol = memories;
    member.path = {memories};
    return followPath(*memories->instance, path, member.path, member.elements)
        .value_or(Type::invalid());
  }
  if (memories && memories->kind == SymbolKind::Instance) {
    memories->used = true;
    error(member.range, quoted(memories->name) + " is an instance; only a scan has memories to "
                                                 "look at")
        .withHint("name them: `ys, last = scan " + memories->name + "(...)`, then `last." +
                  path.front().name->text + "`");
    return Type::invalid();
  }
  if (checkExpression(*base).isInvalid())
    return Type::invalid();
  error(member.range,
        quoted(textOf(*base)) + " is a value and has no member " + quoted(path.front().name->text))
      .withHint("a contraction has spaces around the dot: `a . b`");
  return Type::invalid();
}
