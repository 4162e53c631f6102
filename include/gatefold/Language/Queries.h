//===- Queries.h - What stands at a place of a text ----------------*- C++ -*-===//
//
// Answers what editors ask about a text while it is written: what a name means, where it is
// defined, what may stand at a place, and what the text declares. Texts with errors are answered
// as far as they can be read.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LANGUAGE_QUERIES_H
#define GATEFOLD_LANGUAGE_QUERIES_H

#include "gatefold/Language/Syntax.h"
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gatefold {

/// What is said of a place, as Markdown.
struct HoverText {
  SourceRange range; ///< the name or operator that it is about
  std::string markdown;
};

/// Something that may be written at a place.
struct Completion {
  enum class Kind {
    Keyword,
    Element, ///< an element type
    Dimension,
    Constant,
    Value, ///< a parameter or a name for a value
    Weight,
    State,
    Instance,
    Argument, ///< `name =` in a call
    Function,
    Builtin,
    LayerOrCell,
    Binding,
    Vocabulary,
  };
  std::string label; ///< also the text to insert
  Kind kind = Kind::Value;
  std::string detail;        ///< a type or signature on one line; may be empty
  std::string documentation; ///< Markdown; may be empty
  unsigned rank = 0;         ///< what is nearer to the place has less
};

/// The completions of a place and the unfinished word that they replace.
struct Completions {
  SourceRange replaced;
  std::vector<Completion> items;
};

/// A part of a text for an overview.
struct OutlineItem {
  enum class Kind {
    Function,
    Layer,
    Cell,
    Model,
    Constant,
    Binding,
    Vocabulary,
    Weight,
    State,
    Part
  };
  Kind kind;
  std::string name;
  std::string detail; ///< a type or signature; may be empty
  SourceRange range;
  SourceRange nameRange;
  std::vector<OutlineItem> parts;
};

/// Moves what could be read of declarations with errors among the others, so that their names can
/// be looked up. To be called between parsing and checking; messages of that check are of no use.
void adoptUnread(SourceFile &file);

namespace queries {
class Names;
class Tokens;
} // namespace queries

/// One buffer of a checked file, with errors or without. The file and the buffer outlive it.
class Queries {
public:
  Queries(const SourceFile &file, const llvm::SourceMgr &sources, unsigned bufferId);
  ~Queries();

  /// What is known of the name or operator at the byte `offset`: kind, type, declaration,
  /// documentation. Nullopt where there is nothing to say.
  std::optional<HoverText> hover(size_t offset) const;
  /// Where the name at the byte `offset` is defined, in any buffer; nowhere if it is not known.
  SourceRange definition(size_t offset) const;
  /// The path in the `import` at the byte `offset`; empty if there is none.
  std::string importedPath(size_t offset) const;
  /// What may stand at the byte `offset`, whatever of it is written already.
  Completions complete(size_t offset) const;
  /// What the buffer declares, in its order.
  std::vector<OutlineItem> outline() const;

private:
  const char *placeOf(size_t offset) const;

  const SourceFile &file;
  llvm::StringRef buffer;
  std::unique_ptr<queries::Tokens> tokens;
  std::unique_ptr<queries::Names> names;
};

} // namespace gatefold

#endif // GATEFOLD_LANGUAGE_QUERIES_H
