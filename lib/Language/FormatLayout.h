//===- FormatLayout.h - The layout of one statement ----------------*- C++ -*-===//
//
// Where the tokens of a statement or header are apart, and where its line is broken if it is too
// long or has comments inside.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_LANGUAGE_FORMATLAYOUT_H
#define GATEFOLD_LIB_LANGUAGE_FORMATLAYOUT_H

#include "FormatLines.h"
#include "FormatTokens.h"

namespace gatefold::formatting {

/// Writes the tokens of one logical line, which fits into the width or is broken in a fixed way:
///
/// - behind the loosest operators, as many operands on a line as fit;
/// - without operators, in the longest brackets (in the header of a declaration in those of its
///   parameters): every element on a line of its own, or as many as fit if all are single tokens.
///
/// A comment inside breaks its surroundings too.
class LineLayout {
public:
  LineLayout(const LogicalLine &line, OutputLines &out);
  void write();

private:
  using Kind = Token::Kind;

  /// The positions of some of the line's tokens, end excluded.
  struct Range {
    size_t begin, end;
  };

  const Token &token(size_t i) const { return tokens[i].token; }
  void findWords();
  bool endsOperand(size_t i) const;
  bool isBinary(size_t i) const;
  bool needsSpace(size_t i, bool inIndex) const;

  bool hasCommentsInside(Range range) const;
  /// The columns that the range takes on one line.
  size_t widthOf(Range range) const;
  /// Whether the range and `reserved` columns more go on the open line.
  bool fits(Range range, size_t reserved) const;

  /// Writes a range that `reserved` columns of the same line follow.
  void write(Range range, size_t reserved);
  /// Writes a range without looking for places to break it.
  void writeFlat(Range range);
  void writeToken(size_t i);
  void writeSegments(Range range, const std::vector<size_t> &starts, size_t reserved);
  void writeBrackets(Range range, size_t open, size_t reserved);
  /// Writes what is in the brackets, where the line of `open` is indented by `base`.
  void writeElements(size_t open, size_t base);

  /// How loose the place before token `i` binds what is on both sides; nullopt where no line may
  /// be broken. Smaller is looser.
  std::optional<unsigned> loosenessBefore(size_t i) const;
  /// The `=` outside of brackets before which no line is broken.
  std::optional<size_t> findAssign(Range range) const;
  /// Where the parts of the range begin between its loosest operators, the first excluded.
  std::vector<size_t> findSegments(Range range) const;
  /// The opening bracket of the brackets to break; nullopt without any.
  std::optional<size_t> findBrackets(Range range) const;

  const std::vector<CommentedToken> &tokens;
  OutputLines &out;
  std::vector<bool> isWord;      ///< names with a meaning at their place, such as `in`
  std::vector<bool> spaceBefore; ///< white space parts the token from the one before it
  std::vector<size_t> partner;   ///< of brackets: their partner
  std::vector<bool> inBrackets;  ///< the token is inside some
};

} // namespace gatefold::formatting

#endif // GATEFOLD_LIB_LANGUAGE_FORMATLAYOUT_H
