//===- RunPlots.cpp - Pictures of values within a model ----------*- C++ -*-===//
//
// Turns watched values into maps of colours whose rows and columns are called by the tokens that
// they belong to.
//
//===----------------------------------------------------------------------===//

#include "HeatMap.h"
#include "RunWatch.h"
#include "gatefold/Runtime/Error.h"
#include "gatefold/Runtime/OutputFile.h"
#include "llvm/Support/Process.h"
#include <cstdlib>

using namespace gatefold;

namespace {
/// Finds texts for the elements of axes.
class AxisTexts {
public:
  AxisTexts(const ModelInterface &model, const EntryInterface &entry, RunVocabularies &vocabularies,
            const NamedTensors &inputs, const NamedTensors &outputs, llvm::ArrayRef<int32_t> made)
      : model(model), entry(entry), vocabularies(vocabularies), inputs(inputs), outputs(outputs),
        made(made) {}

  /// The texts of axis `axis` of a value, which has `size` places; none where no tokens run along
  /// it.
  llvm::Expected<std::vector<std::string>> find(const NamedValue &value, size_t axis,
                                                int64_t size) {
    if (value.isGenerated && axis == 0)
      return spell(model.generation->vocabulary, made);
    if (value.grows && value.shape[axis] == value.shape[0])
      return findRead(size);
    for (const Port &port : entry.arguments) {
      const NamedTensors &from = port.kind == PortKind::Input ? inputs : outputs;
      const Tensor *tokens = from.find(port.name);
      const bool isText = tokens && tokens->type() == ElementType::I32 && tokens->rank() == 1 &&
                          port.shape.size() == 2 && isToken(port);
      if (isText && port.shape[1].name == value.shape[axis])
        return spell(port.vocabulary,
                     {tokens->data<int32_t>(), static_cast<size_t>(tokens->numElements())});
    }
    return std::vector<std::string>();
  }

private:
  /// The tokens that the decoder has read: those made but for the last, behind what it began with.
  llvm::Expected<std::vector<std::string>> findRead(int64_t size) {
    auto texts = spell(model.generation->vocabulary, made.empty() ? made : made.drop_back());
    if (texts)
      texts->insert(texts->begin(), size - static_cast<int64_t>(texts->size()), "·");
    return texts;
  }
  /// Tokens and plain numbers look alike; inputs of numbers become texts of bytes as tokens do.
  static bool isToken(const Port &port) {
    return port.kind == PortKind::Input || !port.vocabulary.empty();
  }
  llvm::Expected<std::vector<std::string>> spell(llvm::StringRef vocabulary,
                                                 llvm::ArrayRef<int32_t> tokens) {
    llvm::Expected<const Vocabulary *> found = vocabularies.find(vocabulary);
    if (!found)
      return found.takeError();
    std::vector<std::string> texts;
    for (int32_t token : tokens) {
      llvm::Expected<std::string> text = (*found)->decode(token);
      if (!text) { // plain numbers without a vocabulary
        llvm::consumeError(text.takeError());
        text = std::to_string(token);
      }
      texts.push_back(spellLabel(*text));
    }
    return texts;
  }

  const ModelInterface &model;
  const EntryInterface &entry;
  RunVocabularies &vocabularies;
  const NamedTensors &inputs, &outputs;
  llvm::ArrayRef<int32_t> made;
};
} // namespace

static bool isFree(llvm::StringRef size) { return !llvm::all_of(size, llvm::isDigit); }

/// A matrix of two axes of a tensor, the mean along the others.
static HeatMap takeMatrix(const Tensor &tensor, size_t rowAxis, size_t columnAxis) {
  HeatMap map;
  map.rowCount = tensor.shape()[rowAxis];
  map.columnCount = tensor.shape()[columnAxis];
  map.values.assign(map.rowCount * map.columnCount, 0);
  const int64_t count = tensor.numElements();
  for (int64_t element = 0; element < count; ++element) {
    int64_t rest = element, row = 0, column = 0;
    for (size_t axis = tensor.rank(); axis-- > 0; rest /= tensor.shape()[axis]) {
      if (axis == rowAxis)
        row = rest % tensor.shape()[axis];
      if (axis == columnAxis)
        column = rest % tensor.shape()[axis];
    }
    map.values[row * map.columnCount + column] += tensor.elementAsDouble(element);
  }
  for (double &value : map.values)
    value *= static_cast<double>(map.values.size()) / static_cast<double>(count);
  return map;
}

static llvm::Expected<HeatMap> mapAttention(const NamedValue &value, const Tensor &tensor,
                                            AxisTexts &texts) {
  std::vector<size_t> axes;
  for (size_t axis = 0; axis < value.shape.size(); ++axis)
    if (isFree(value.shape[axis]))
      axes.push_back(axis);
  HeatMap map = takeMatrix(tensor, axes[0], axes[1]);
  map.title = value.name;
  map.scaleToLargest();
  auto rows = texts.find(value, axes[0], map.rowCount);
  if (!rows)
    return rows.takeError();
  auto columns = texts.find(value, axes[1], map.columnCount);
  if (!columns)
    return columns.takeError();
  map.rows = std::move(*rows);
  map.columns = std::move(*columns);
  return map;
}

/// A row for each unit, and a column for each step.
static llvm::Expected<HeatMap> mapState(const NamedValue &value, const Tensor &tensor,
                                        AxisTexts &texts) {
  HeatMap map = takeMatrix(tensor, 1, 0);
  map.title = llvm::StringRef(value.name).rsplit('.').second.str();
  if (map.title.empty())
    map.title = value.name;
  auto columns = texts.find(value, 0, map.columnCount);
  if (!columns)
    return columns.takeError();
  map.columns = std::move(*columns);
  return map;
}

/// A row for each step, and a column for each map: the mean of its units.
static HeatMap summarize(llvm::StringRef title, llvm::ArrayRef<HeatMap> maps) {
  HeatMap all;
  all.title = (title + ": mean of all units").str();
  all.rows = maps.front().columns;
  all.rowCount = maps.front().columnCount;
  all.columnCount = static_cast<int64_t>(maps.size());
  for (int64_t step = 0; step < all.rowCount; ++step)
    for (const HeatMap &map : maps) {
      double sum = 0;
      for (int64_t unit = 0; unit < map.rowCount; ++unit)
        sum += map.at(unit, step);
      all.values.push_back(sum / static_cast<double>(map.rowCount));
    }
  for (const HeatMap &map : maps)
    all.columns.push_back(map.title);
  return all;
}

static bool coversTerminal() {
  const char *noColor = std::getenv("NO_COLOR");
  return (!noColor || !*noColor) && llvm::sys::Process::StandardOutHasColors();
}

/// Draws one picture to its file, or for the terminal.
static llvm::Error drawMaps(const Plot &plot, llvm::ArrayRef<HeatMap> maps,
                            llvm::raw_ostream &terminal) {
  const bool isAttention = plot.kind == "attention";
  const std::string &cell = plot.values.front().instance;
  if (plot.file.empty()) {
    printBlocks(terminal, isAttention ? maps.front() : summarize(cell, maps), coversTerminal());
    return llvm::Error::success();
  }
  return writeFile(plot.file, [&](llvm::raw_ostream &os) {
    if (isAttention)
      drawSquares(os, maps.front());
    else
      drawStrips(os, cell, maps);
  });
}

llvm::Expected<std::string> RunWatch::draw(const ModelInterface &model, const EntryInterface &entry,
                                           RunVocabularies &vocabularies,
                                           const NamedTensors &inputs, const NamedTensors &outputs,
                                           llvm::ArrayRef<int32_t> made) const {
  std::string pictures;
  llvm::raw_string_ostream terminal(pictures);
  AxisTexts texts(model, entry, vocabularies, inputs, outputs, made);
  for (const Plot &plot : plots) {
    std::vector<HeatMap> maps;
    for (const NamedValue &value : plot.values) {
      const Tensor &tensor = *outputs.find(value.name);
      auto map = plot.kind == "attention" ? mapAttention(value, tensor, texts)
                                          : mapState(value, tensor, texts);
      if (!map)
        return map.takeError();
      maps.push_back(std::move(*map));
    }
    if (llvm::Error error = drawMaps(plot, maps, terminal))
      return std::move(error);
  }
  return pictures;
}
