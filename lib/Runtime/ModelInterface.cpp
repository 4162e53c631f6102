//===- ModelInterface.cpp - What a compiled model takes and gives -*- C++ -*-===//
//
// The interface as JSON and back.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/ModelInterface.h"
#include "Error.h"
#include "gatefold/Runtime/Json.h"
#include "gatefold/Runtime/SizeExpression.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace gatefold;
namespace json = llvm::json;

static constexpr PortKind allPortKinds[] = {PortKind::Input, PortKind::Output, PortKind::Memory,
                                            PortKind::NextMemory, PortKind::Weight};
static constexpr VocabularyKind allVocabularyKinds[] = {VocabularyKind::Characters,
                                                        VocabularyKind::Bytes, VocabularyKind::List,
                                                        VocabularyKind::Pieces};

const EntryInterface *ModelInterface::entry(llvm::StringRef name) const {
  auto place = llvm::find_if(entries, [&](const EntryInterface &e) { return e.name == name; });
  return place == entries.end() ? nullptr : &*place;
}

const VocabularySpec *ModelInterface::vocabulary(llvm::StringRef name) const {
  auto place = llvm::find_if(vocabularies, [&](const VocabularySpec &v) { return v.name == name; });
  return place == vocabularies.end() ? nullptr : &*place;
}

llvm::StringRef gatefold::vocabularyKindName(VocabularyKind kind) {
  switch (kind) {
  case VocabularyKind::Characters:
    return "characters";
  case VocabularyKind::Bytes:
    return "bytes";
  case VocabularyKind::List:
    return "list";
  case VocabularyKind::Pieces:
    return "pieces";
  }
  llvm_unreachable("all kinds are listed");
}

llvm::StringRef gatefold::portKindName(PortKind kind) {
  switch (kind) {
  case PortKind::Input:
    return "input";
  case PortKind::Output:
    return "output";
  case PortKind::Memory:
    return "memory";
  case PortKind::NextMemory:
    return "next memory";
  case PortKind::Weight:
    return "weight";
  }
  llvm_unreachable("all kinds are listed");
}

// The overloads below are found by llvm::json through the types' namespace.
namespace gatefold {

static json::Value toJSON(const Dimension &dimension) {
  json::Object object;
  if (!dimension.name.empty())
    object["name"] = dimension.name;
  if (!dimension.isDynamic())
    object["size"] = dimension.size;
  return object;
}

static json::Value toJSON(const Port &port) {
  json::Object object{{"kind", portKindName(port.kind)},
                      {"name", port.name},
                      {"type", elementTypeName(port.type)},
                      {"shape", json::Array(port.shape)}};
  if (!port.vocabulary.empty())
    object["vocabulary"] = port.vocabulary;
  return object;
}

static json::Value toJSON(const VocabularySpec &vocabulary) {
  json::Object object{{"name", vocabulary.name}, {"kind", vocabularyKindName(vocabulary.kind)}};
  if (!vocabulary.tokens.empty())
    object["tokens"] = json::Array(vocabulary.tokens);
  if (!vocabulary.file.empty())
    object["file"] = vocabulary.file;
  return object;
}

static json::Value toJSON(const TokenReference &token) {
  if (!token.text.empty())
    return token.text;
  return token.number;
}

static json::Value toJSON(const Generation &generation) {
  json::Object object{{"output", generation.output},
                      {"first", generation.first},
                      {"token", generation.token},
                      {"scores", generation.scores}};
  if (!generation.vocabulary.empty())
    object["vocabulary"] = generation.vocabulary;
  if (generation.end.isGiven())
    object["end"] = generation.end;
  if (generation.limit >= 0)
    object["limit"] = generation.limit;
  if (!generation.prompt.empty())
    object["prompt"] = generation.prompt;
  return object;
}

static json::Value toJSON(const MinimumSize &minimum) {
  return json::Object{
      {"size", minimum.size}, {"minimum", minimum.minimum}, {"reason", minimum.reason}};
}

static json::Value toJSON(const EntryInterface &entry) {
  json::Object object{{"name", entry.name},
                      {"symbol", entry.symbol},
                      {"arguments", json::Array(entry.arguments)},
                      {"sizes", json::Array(entry.sizes)}};
  if (!entry.checks.empty())
    object["checks"] = json::Array(entry.checks);
  if (!entry.minimums.empty())
    object["minimums"] = json::Array(entry.minimums);
  if (entry.parallel)
    object["parallel"] = true;
  return object;
}

static json::Value toJSON(const WeightSpec &weight) {
  json::Object object{{"path", weight.path}, {"shape", json::Array(weight.shape)}};
  if (!weight.source.empty())
    object["source"] = weight.source;
  return object;
}

static bool fromJSON(const json::Value &value, Dimension &dimension, json::Path path) {
  json::ObjectMapper mapper(value, path);
  std::optional<int64_t> size;
  if (!mapper || !mapper.mapOptional("name", dimension.name) || !mapper.map("size", size))
    return false;
  if (size && *size < 0) {
    path.field("size").report("expected a size that is not negative, or none where it is dynamic");
    return false;
  }
  if (!size && dimension.name.empty()) {
    path.report("expected a name or a size");
    return false;
  }
  dimension.size = size.value_or(-1);
  return true;
}

static bool fromJSON(const json::Value &value, PortKind &kind, json::Path path) {
  for (PortKind candidate : allPortKinds)
    if (value.getAsString() == portKindName(candidate)) {
      kind = candidate;
      return true;
    }
  path.report("expected input, output, memory, next memory or weight");
  return false;
}

static bool fromJSON(const json::Value &value, ElementType &type, json::Path path) {
  std::optional<llvm::StringRef> name = value.getAsString();
  if (std::optional<ElementType> found = elementTypeFromName(name.value_or(""))) {
    type = *found;
    return true;
  }
  path.report("expected an element type");
  return false;
}

static bool fromJSON(const json::Value &value, Port &port, json::Path path) {
  json::ObjectMapper mapper(value, path);
  return mapper && mapper.map("kind", port.kind) && mapper.map("name", port.name) &&
         mapper.map("type", port.type) && mapper.map("shape", port.shape) &&
         mapper.mapOptional("vocabulary", port.vocabulary);
}

static bool fromJSON(const json::Value &value, VocabularyKind &kind, json::Path path) {
  for (VocabularyKind candidate : allVocabularyKinds)
    if (value.getAsString() == vocabularyKindName(candidate)) {
      kind = candidate;
      return true;
    }
  path.report("expected characters, bytes, list or pieces");
  return false;
}

static bool fromJSON(const json::Value &value, VocabularySpec &vocabulary, json::Path path) {
  json::ObjectMapper mapper(value, path);
  return mapper && mapper.map("name", vocabulary.name) && mapper.map("kind", vocabulary.kind) &&
         mapper.mapOptional("tokens", vocabulary.tokens) &&
         mapper.mapOptional("file", vocabulary.file);
}

static bool fromJSON(const json::Value &value, TokenReference &token, json::Path path) {
  if (std::optional<llvm::StringRef> text = value.getAsString(); text && !text->empty()) {
    token = {text->str(), -1};
    return true;
  }
  if (std::optional<int64_t> number = value.getAsInteger();
      number && *number >= 0 && *number <= INT32_MAX) {
    token = {"", *number};
    return true;
  }
  path.report("expected a token's number or its text");
  return false;
}

static bool fromJSON(const json::Value &value, Generation &generation, json::Path path) {
  json::ObjectMapper mapper(value, path);
  if (!mapper || !mapper.map("output", generation.output) ||
      !mapper.map("first", generation.first) || !mapper.map("token", generation.token) ||
      !mapper.map("scores", generation.scores) || !mapper.mapOptional("end", generation.end) ||
      !mapper.mapOptional("limit", generation.limit) ||
      !mapper.mapOptional("vocabulary", generation.vocabulary) ||
      !mapper.mapOptional("prompt", generation.prompt))
    return false;
  if (generation.limit < -1) {
    path.field("limit").report("expected a number of tokens that is not negative");
    return false;
  }
  return true;
}

static bool fromJSON(const json::Value &value, MinimumSize &minimum, json::Path path) {
  json::ObjectMapper mapper(value, path);
  return mapper && mapper.map("size", minimum.size) && mapper.map("minimum", minimum.minimum) &&
         mapper.map("reason", minimum.reason);
}

/// Whether the sizes of an entry say how long a dynamic axis is; only one of an output may be
/// arithmetic of them.
static bool isDetermined(const EntryInterface &entry, const Port &port,
                         const Dimension &dimension) {
  auto lookUp = [&](llvm::StringRef name) -> std::optional<int64_t> {
    return llvm::is_contained(entry.sizes, name) ? std::optional<int64_t>(1) : std::nullopt;
  };
  if (port.kind != PortKind::Output)
    return lookUp(dimension.name).has_value();
  return evaluateSize(dimension.name, lookUp).has_value();
}

/// Checks that every dynamic dimension of an argument is known by the entry's sizes.
static bool checkSizes(const EntryInterface &entry, json::Path path) {
  for (auto [position, port] : llvm::enumerate(entry.arguments))
    for (auto [axis, dimension] : llvm::enumerate(port.shape))
      if (dimension.isDynamic() && !isDetermined(entry, port, dimension)) {
        path.field("arguments")
            .index(static_cast<unsigned>(position))
            .field("shape")
            .index(static_cast<unsigned>(axis))
            .report("expected a dynamic dimension that `sizes` lists");
        return false;
      }
  return true;
}

static bool fromJSON(const json::Value &value, EntryInterface &entry, json::Path path) {
  json::ObjectMapper mapper(value, path);
  return mapper && mapper.map("name", entry.name) && mapper.map("symbol", entry.symbol) &&
         mapper.map("arguments", entry.arguments) && mapper.map("sizes", entry.sizes) &&
         mapper.mapOptional("checks", entry.checks) &&
         mapper.mapOptional("minimums", entry.minimums) &&
         mapper.mapOptional("parallel", entry.parallel) && checkSizes(entry, path);
}

static bool fromJSON(const json::Value &value, WeightSpec &weight, json::Path path) {
  json::ObjectMapper mapper(value, path);
  std::vector<int64_t> shape;
  if (!mapper || !mapper.map("path", weight.path) || !mapper.map("shape", shape) ||
      !mapper.mapOptional("source", weight.source))
    return false;
  if (!llvm::all_of(shape, [](int64_t extent) { return extent >= 0; })) {
    path.field("shape").report("expected sizes that are not negative");
    return false;
  }
  weight.shape.assign(shape.begin(), shape.end());
  return true;
}

/// Checks that no two elements of the list `field` have the same name.
template <typename Range, typename NameOf>
static bool checkUnique(const Range &range, NameOf nameOf, json::Path field) {
  llvm::StringSet<> seen;
  for (auto [position, element] : llvm::enumerate(range))
    if (!seen.insert(nameOf(element)).second) {
      field.index(static_cast<unsigned>(position)).report("expected a name that occurs once");
      return false;
    }
  return true;
}

/// Checks that the vocabularies that ports and the generation name are declared.
static bool checkVocabularies(const ModelInterface &model, json::Path path) {
  constexpr llvm::StringLiteral message = "expected a vocabulary that `vocabularies` lists";
  auto isKnown = [&](llvm::StringRef name) { return name.empty() || model.vocabulary(name); };
  for (auto [place, entry] : llvm::enumerate(model.entries))
    for (auto [position, port] : llvm::enumerate(entry.arguments))
      if (!isKnown(port.vocabulary)) {
        path.field("entries")
            .index(static_cast<unsigned>(place))
            .field("arguments")
            .index(static_cast<unsigned>(position))
            .field("vocabulary")
            .report(message);
        return false;
      }
  if (model.generation && !isKnown(model.generation->vocabulary)) {
    path.field("generation").field("vocabulary").report(message);
    return false;
  }
  return true;
}

static bool fromJSON(const json::Value &value, ModelInterface &model, json::Path path) {
  json::ObjectMapper mapper(value, path);
  return mapper && mapper.map("name", model.name) && mapper.map("weights", model.weights) &&
         mapper.map("ignored", model.ignored) && mapper.map("entries", model.entries) &&
         mapper.mapOptional("whyNoStep", model.whyNoStep) &&
         mapper.mapOptional("vocabularies", model.vocabularies) &&
         mapper.map("generation", model.generation) &&
         checkUnique(
             model.weights, [](const WeightSpec &w) -> llvm::StringRef { return w.path; },
             path.field("weights")) &&
         checkUnique(
             model.entries, [](const EntryInterface &e) -> llvm::StringRef { return e.name; },
             path.field("entries")) &&
         checkUnique(
             model.vocabularies, [](const VocabularySpec &v) -> llvm::StringRef { return v.name; },
             path.field("vocabularies")) &&
         checkVocabularies(model, path);
}

} // namespace gatefold

json::Value gatefold::toJSON(const ModelInterface &model) {
  json::Object object{{"name", model.name},
                      {"weights", json::Array(model.weights)},
                      {"ignored", json::Array(model.ignored)},
                      {"entries", json::Array(model.entries)}};
  if (!model.whyNoStep.empty())
    object["whyNoStep"] = model.whyNoStep;
  if (!model.vocabularies.empty())
    object["vocabularies"] = json::Array(model.vocabularies);
  if (model.generation)
    object["generation"] = *model.generation;
  return object;
}

llvm::Expected<ModelInterface> gatefold::modelInterfaceFromJSON(const json::Value &json) {
  ModelInterface model;
  json::Path::Root root("model");
  if (!fromJSON(json, model, root))
    return root.getError();
  return model;
}

llvm::Expected<ModelInterface> gatefold::parseModelInterface(llvm::StringRef text) {
  llvm::Expected<json::Value> value = parseJson(text);
  if (!value)
    return value.takeError();
  return modelInterfaceFromJSON(*value);
}
