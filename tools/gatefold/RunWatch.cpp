//===- RunWatch.cpp - Values within a model that a run shows -----*- C++ -*-===//
//
// Finds the values that the command line asks for, and runs a decoder again for those within it.
//
//===----------------------------------------------------------------------===//

#include "RunWatch.h"
#include "gatefold/IR/Gatefold.h"
#include "gatefold/Runtime/Error.h"
#include "llvm/ADT/StringExtras.h"
#include <CLI/CLI.hpp>

using namespace gatefold;

void gatefold::addWatchOptions(CLI::App &app, WatchOptions &options) {
  addRepeatedOption(app, "--watch", options.names,
                    "A value within the model that becomes an output: decoder.attention")
      ->option_text("NAME ...");
  addRepeatedOption(
      app, "--plot", options.plots,
      "A picture of what attention looks at, or of a cell's gates, on the terminal or "
      "in a file")
      ->option_text("attention|state[:NAME][=FILE.svg] ...");
}

//===----------------------------------------------------------------------===//
// Finding values
//===----------------------------------------------------------------------===//

/// "; the values are `a`, `b`", and how many more there are.
static std::string listNames(llvm::ArrayRef<std::string> names) {
  constexpr size_t most = 40;
  if (names.empty())
    return "; the model names none";
  std::string list = "; the values are `" + llvm::join(names.take_front(most), "`, `") + "`";
  return names.size() > most ? list + " and " + std::to_string(names.size() - most) + " more"
                             : list;
}

/// The value of that name which can be an output.
static llvm::Expected<const NamedValue *> findValue(llvm::ArrayRef<NamedValue> known,
                                                    llvm::StringRef name) {
  std::vector<std::string> names;
  for (const NamedValue &value : known) {
    names.push_back(value.name);
    if (value.name != name)
      continue;
    if (!value.whyHidden.empty())
      return makeError("`" + name + "` cannot be watched: " + value.whyHidden);
    return &value;
  }
  std::string nearest = suggest(name, names);
  for (const std::string &other : names)
    if (nearest.empty() && llvm::StringRef(other).ends_with("." + name.str()))
      nearest = "; did you mean `" + other + "`?";
  return makeError("no value of the model is called `" + name + "`" +
                   (nearest.empty() ? listNames(names) : nearest));
}

void RunWatch::add(const NamedValue &value) {
  if (llvm::none_of(values, [&](const NamedValue &other) { return other.name == value.name; }))
    values.push_back(value);
}

llvm::Error RunWatch::addNames(const WatchOptions &options, llvm::ArrayRef<NamedValue> known) {
  llvm::Error errors = llvm::Error::success();
  for (const std::string &name : options.names) {
    llvm::Expected<const NamedValue *> found = findValue(known, name);
    if (found) {
      add(**found);
      printed.push_back(name);
    } else {
      errors = llvm::joinErrors(std::move(errors), found.takeError());
    }
  }
  return errors;
}

/// How many of its axes data decides.
static int64_t countFreeAxes(const NamedValue &value) {
  return llvm::count_if(value.shape,
                        [](llvm::StringRef size) { return !llvm::all_of(size, llvm::isDigit); });
}

/// The value with shares of attention that a picture shows if nobody names one: the last one of the
/// decoder that makes tokens, else of a cell, else of all.
static llvm::Expected<std::vector<NamedValue>> chooseAttention(llvm::ArrayRef<NamedValue> known,
                                                               llvm::StringRef name) {
  if (!name.empty()) {
    llvm::Expected<const NamedValue *> found = findValue(known, name);
    if (!found)
      return found.takeError();
    if (countFreeAxes(**found) != 2 || (*found)->element != "f32")
      return makeError("`" + name + "` is " + (*found)->element + " [" +
                       llvm::join((*found)->shape, ", ") +
                       "]; a picture of attention needs f32 with two axes that data decides");
    return std::vector<NamedValue>{**found};
  }
  const NamedValue *best = nullptr;
  auto rank = [](const NamedValue &value) { return 2 * value.isGenerated + value.isStepped; };
  for (const NamedValue &value : known)
    if (value.isSoftmax && value.whyHidden.empty() && countFreeAxes(value) == 2 &&
        value.occurrence == 1 && (!best || rank(value) >= rank(*best)))
      best = &value;
  if (!best)
    return makeError(
        "the model names no attention weights that can be plotted; give them a name of "
        "their own, `shares = softmax(...)`, or name a value: --plot attention:NAME");
  return std::vector<NamedValue>{*best};
}

/// The vectors that the lines of one cell compute at every step. If nobody names the instance, it
/// is the one that has most of them, of the decoder that makes tokens if there is one.
static llvm::Expected<std::vector<NamedValue>> chooseState(llvm::ArrayRef<NamedValue> known,
                                                           llvm::StringRef name) {
  std::vector<std::string> cells; // with states
  std::map<std::string, std::vector<NamedValue>> vectors;
  for (const NamedValue &value : known) {
    if (value.isNext && !llvm::is_contained(cells, value.instance))
      cells.push_back(value.instance);
    if ((value.isLocal || value.isNext) && value.isStepped && value.whyHidden.empty() &&
        value.element == "f32" && value.shape.size() == 2 && countFreeAxes(value) == 1 &&
        value.occurrence == 1)
      vectors[value.instance].push_back(value);
  }
  if (!name.empty() && !llvm::is_contained(cells, name)) {
    std::string nearest = suggest(name, cells);
    return makeError("no cell `" + name + "` of the model has a state" +
                     (nearest.empty() && !cells.empty()
                          ? "; those with one are `" + llvm::join(cells, "`, `") + "`"
                          : nearest));
  }
  std::string best = name.str();
  auto rank = [&](const std::string &cell) {
    const std::vector<NamedValue> &values = vectors[cell];
    return std::pair(!values.empty() && values.front().isGenerated, values.size());
  };
  if (name.empty())
    for (const std::string &cell : cells)
      if (best.empty() || rank(cell) >= rank(best))
        best = cell;
  if (vectors[best].empty())
    return makeError("no cell of the model has a vector as its state, which --plot state needs");
  return vectors[best];
}

llvm::Error RunWatch::addPlots(const WatchOptions &options, llvm::ArrayRef<NamedValue> known) {
  for (const std::string &spec : options.plots) {
    auto [what, file] = llvm::StringRef(spec).split('=');
    auto [kind, name] = what.split(':');
    const bool isAttention = kind == "attention";
    if (!isAttention && kind != "state")
      return makeUsageError("expected --plot attention or state, as attention=FILE.svg, found `" +
                            spec + "`" + suggest(kind, {"attention", "state"}));
    if (llvm::StringRef(spec).contains('=') && !file.ends_with(".svg"))
      return makeUsageError("expected a file .svg for --plot, found `" + spec + "`");
    auto chosen = isAttention ? chooseAttention(known, name) : chooseState(known, name);
    if (!chosen)
      return chosen.takeError();
    for (const NamedValue &value : *chosen)
      add(value);
    plots.push_back({kind.str(), file.str(), std::move(*chosen)});
  }
  return llvm::Error::success();
}

llvm::Expected<RunWatch> RunWatch::create(const WatchOptions &options, const ModelChoice &choice,
                                          llvm::ArrayRef<FileRead> read, ModelModule &model,
                                          PhaseTimer &timer) {
  RunWatch watch;
  if (!options.isGiven())
    return watch;
  llvm::Expected<std::vector<NamedValue>> known = model.listValues();
  if (!known)
    return known.takeError();
  if (llvm::Error error =
          llvm::joinErrors(watch.addNames(options, *known), watch.addPlots(options, *known)))
    return std::move(error);
  for (const Plot &plot : watch.plots)
    for (const FileRead &other : read)
      if (!plot.file.empty() && findRealPath(other.path) == findRealPath(plot.file))
        return makeUsageError("--plot would overwrite " + other.what + " `" + other.path + "`");
  WatchedValues watched;
  for (const NamedValue &value : watch.values)
    watched.names.push_back(value.name);
  ir::ModelOp op = *model.getModule().getOps<ir::ModelOp>().begin();
  if (!op.getGenerationAttr())
    return model.watch(watched) ? llvm::make_error<ToldError>()
                                : llvm::Expected<RunWatch>(std::move(watch));
  auto replay = ModelModule::load(choice, timer);
  if (!replay)
    return replay.takeError();
  watched.replaysTokens = true;
  if (llvm::Error error = (*replay)->watch(watched))
    return std::move(error);
  watch.replay = std::move(*replay);
  return watch;
}

void RunWatch::addPorts(EntryInterface &entry) const {
  if (!replay)
    return;
  for (const NamedValue &value : values) {
    Port port = {PortKind::Output, value.name, ElementType::I32, {{"batch", -1}}};
    if (auto type = elementTypeFromName(value.element)) // tokens are i32
      port.type = *type;
    for (const std::string &size : value.shape) {
      int64_t number = -1;
      llvm::to_integer(size, number);
      port.shape.push_back({size, number});
    }
    entry.arguments.push_back(std::move(port));
  }
}

NamedTensors RunWatch::takeWatched(const NamedTensors &outputs, bool alone) const {
  NamedTensors kept;
  for (const NamedTensor &output : outputs) {
    const bool isWithin =
        llvm::any_of(values, [&](const NamedValue &value) { return value.name == output.name; });
    if (llvm::is_contained(printed, output.name) || (!alone && !isWithin))
      kept.set(output.name, output.tensor);
  }
  return kept;
}
