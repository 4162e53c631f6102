//===- FormatLayout.cpp - The layout of one statement --------------*- C++ -*-===//
//
// Breaks the lines of statements and headers.
//
//===----------------------------------------------------------------------===//

#include "FormatLayout.h"
#include "llvm/ADT/STLExtras.h"

using namespace gatefold;
using namespace gatefold::formatting;

constexpr size_t blockIndent = 2;        // of statements in a block and elements in brackets
constexpr size_t continuationIndent = 4; // of the rest of a statement

static bool isOpening(const Token &token) {
  return token.isOneOf(Token::Kind::LeftParen, Token::Kind::LeftBracket);
}

LineLayout::LineLayout(const LogicalLine &line, OutputLines &out)
    : tokens(line.tokens), out(out), isWord(tokens.size()), spaceBefore(tokens.size()),
      partner(tokens.size()), inBrackets(tokens.size()) {
  findWords();
  std::vector<size_t> open;
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (token(i).isOneOf(Kind::RightParen, Kind::RightBracket)) {
      partner[i] = open.back();
      partner[open.back()] = i;
      open.pop_back();
    }
    inBrackets[i] = !open.empty();
    if (i > 0)
      spaceBefore[i] = needsSpace(i, !open.empty() && token(open.back()).is(Kind::LeftBracket));
    if (isOpening(token(i)))
      open.push_back(i);
  }
}

void LineLayout::write() { write({0, tokens.size()}, 0); }

//===----------------------------------------------------------------------===//
// White space
//===----------------------------------------------------------------------===//

/// Two operands never follow each other: a name that seems to do so is a word.
void LineLayout::findWords() {
  for (size_t i = 1; i < tokens.size(); ++i)
    isWord[i] = token(i).is(Kind::Name) && endsOperand(i - 1);
}

bool LineLayout::endsOperand(size_t i) const {
  if (token(i).is(Kind::Name))
    return !isWord[i];
  if (token(i).is(Kind::History)) // begins a statement, or is a size
    return i > 0;
  return token(i).isOneOf(Kind::Integer, Kind::Number, Kind::String, Kind::RightParen,
                          Kind::RightBracket, Kind::True, Kind::False, Kind::Position);
}

bool LineLayout::isBinary(size_t i) const {
  return i > 0 && endsOperand(i - 1) &&
         token(i).isOneOf(Kind::Plus, Kind::Minus, Kind::Star, Kind::Slash, Kind::Percent,
                          Kind::Caret, Kind::At, Kind::ContractDot, Kind::EqualEqual,
                          Kind::NotEqual, Kind::Less, Kind::LessEqual, Kind::Greater,
                          Kind::GreaterEqual);
}

bool LineLayout::needsSpace(size_t i, bool inIndex) const {
  const Token &left = token(i - 1), &right = token(i);
  if (tokens[i - 1].isSeparator())
    return true;
  if (left.isOneOf(Kind::LeftParen, Kind::LeftBracket, Kind::MemberDot) ||
      right.isOneOf(Kind::RightParen, Kind::RightBracket, Kind::MemberDot, Kind::Colon) ||
      tokens[i].isSeparator())
    return false;
  if (left.is(Kind::Colon))
    return !inIndex;
  if (left.is(Kind::Minus) && !isBinary(i - 1))
    return false;
  return !isOpening(right) || !endsOperand(i - 1);
}

//===----------------------------------------------------------------------===//
// Measures
//===----------------------------------------------------------------------===//

bool LineLayout::hasCommentsInside(Range range) const {
  for (size_t i = range.begin; i < range.end; ++i)
    if ((i > range.begin && !tokens[i].above.empty()) ||
        (i + 1 < range.end && !tokens[i].behind.empty()))
      return true;
  return false;
}

size_t LineLayout::widthOf(Range range) const {
  size_t width = 0;
  for (size_t i = range.begin; i < range.end; ++i)
    width += columnsOf(token(i).text) + (i > range.begin && spaceBefore[i]);
  return width;
}

bool LineLayout::fits(Range range, size_t reserved) const {
  const bool isApart = !out.isFresh() && spaceBefore[range.begin];
  return !hasCommentsInside(range) &&
         out.column() + isApart + widthOf(range) + reserved <= lineWidth;
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

void LineLayout::writeToken(size_t i) {
  const CommentedToken &next = tokens[i];
  if (i > 0 && !next.above.empty()) {
    if (!out.isFresh())
      out.beginLine(out.indent() + continuationIndent);
    for (const Comment &comment : next.above)
      out.writeComment(comment.text);
  }
  if (!out.isFresh() && spaceBefore[i])
    out.append(" ");
  out.append(next.token.text);
  if (!next.behind.empty())
    out.endLineWith(next.behind, out.indent() + continuationIndent);
}

void LineLayout::writeFlat(Range range) {
  // A comment inside moves the rest to the next line, but no further with each.
  const size_t base = out.indent();
  for (size_t i = range.begin; i < range.end; ++i) {
    writeToken(i);
    if (out.isFresh())
      out.beginLine(base + continuationIndent);
  }
}

void LineLayout::write(Range range, size_t reserved) {
  if (fits(range, reserved))
    return writeFlat(range);
  if (std::optional<size_t> assign = findAssign(range)) {
    writeFlat({range.begin, *assign + 1});
    return write({*assign + 1, range.end}, reserved);
  }
  const bool isHeader = range.begin == 0 && token(0).beginsDeclaration();
  std::vector<size_t> starts = isHeader ? std::vector<size_t>() : findSegments(range);
  if (!starts.empty())
    writeSegments(range, starts, reserved);
  else if (std::optional<size_t> open = findBrackets(range))
    writeBrackets(range, *open, reserved);
  else
    writeFlat(range);
}

std::optional<size_t> LineLayout::findAssign(Range range) const {
  for (size_t i = range.begin; i + 1 < range.end; ++i) {
    if (isOpening(token(i)))
      i = partner[i];
    else if (token(i).is(Kind::Assign))
      return i;
  }
  return std::nullopt;
}

void LineLayout::writeSegments(Range range, const std::vector<size_t> &starts, size_t reserved) {
  const bool isComprehension = token(starts.front()).is(Kind::For);
  const size_t base = out.indent() + (isComprehension ? 0 : continuationIndent);
  for (size_t k = 0; k <= starts.size(); ++k) {
    const bool isLast = k == starts.size();
    const Range segment{k == 0 ? range.begin : starts[k - 1], isLast ? range.end : starts[k]};
    const size_t after = isLast ? reserved : 0;
    const bool isFree = tokens[segment.begin].above.empty();
    if (k > 0 && !(isFree && !out.isFresh() && fits(segment, after)))
      out.beginLine(base);
    write(segment, after);
  }
}

void LineLayout::writeBrackets(Range range, size_t open, size_t reserved) {
  const size_t close = partner[open];
  if (open > range.begin)
    write({range.begin, open}, columnsOf(token(open).text));
  const size_t base = out.indent();
  writeToken(open);
  writeElements(open, base);
  if (!tokens[close].above.empty())
    out.beginLine(base + blockIndent);
  for (const Comment &comment : tokens[close].above)
    out.writeComment(comment.text);
  out.beginLine(base);
  out.append(token(close).text);
  if (!tokens[close].behind.empty())
    out.endLineWith(tokens[close].behind, base + continuationIndent);
  if (close + 1 < range.end)
    write({close + 1, range.end}, reserved);
}

void LineLayout::writeElements(size_t open, size_t base) {
  const size_t close = partner[open];
  std::vector<Range> elements;
  for (size_t i = open + 1, begin = i; i < close; ++i) {
    if (isOpening(token(i)))
      i = partner[i];
    // A `;` may begin what is in the brackets.
    if (i + 1 == close || (tokens[i].isSeparator() && i > begin)) {
      elements.push_back({begin, i + 1});
      begin = i + 1;
    }
  }
  const bool isFilled = !hasCommentsInside({open, close + 1}) &&
                        llvm::all_of(elements, [](Range e) { return e.end - e.begin <= 2; });
  for (size_t k = 0; k < elements.size(); ++k) {
    if (k == 0 || !isFilled || !fits(elements[k], 0))
      out.beginLine(base + blockIndent);
    write(elements[k], 0);
  }
}

//===----------------------------------------------------------------------===//
// Places to break a line
//===----------------------------------------------------------------------===//

std::optional<unsigned> LineLayout::loosenessBefore(size_t i) const {
  const Token &left = token(i - 1);
  if (tokens[i - 1].isSeparator())
    return 0;
  if (inBrackets[i] && token(i).is(Kind::For))
    return 1;
  if (left.isOneOf(Kind::Then, Kind::Else))
    return 2;
  if (left.isOneOf(Kind::Or, Kind::And))
    return left.is(Kind::Or) ? 3 : 4;
  if (!isBinary(i - 1))
    return std::nullopt;
  if (left.isOneOf(Kind::Plus, Kind::Minus))
    return 6;
  if (left.isOneOf(Kind::Star, Kind::Slash, Kind::Percent))
    return 7;
  if (left.isOneOf(Kind::At, Kind::ContractDot))
    return 8;
  return left.is(Kind::Caret) ? 9 : 5;
}

std::vector<size_t> LineLayout::findSegments(Range range) const {
  std::vector<size_t> starts;
  std::optional<unsigned> loosest;
  for (size_t i = range.begin; i < range.end; ++i) {
    std::optional<unsigned> looseness = i > range.begin ? loosenessBefore(i) : std::nullopt;
    if (looseness && (!loosest || *looseness < *loosest)) {
      loosest = looseness;
      starts.clear();
    }
    if (looseness && looseness == loosest)
      starts.push_back(i);
    if (isOpening(token(i)))
      i = partner[i];
  }
  return starts;
}

std::optional<size_t> LineLayout::findBrackets(Range range) const {
  const bool isHeader = range.begin == 0 && token(0).beginsDeclaration();
  std::optional<size_t> longest;
  size_t width = 0;
  for (size_t i = range.begin; i < range.end; ++i) {
    if (!isOpening(token(i)))
      continue;
    const Range brackets{i, partner[i] + 1};
    i = partner[i];
    if (hasCommentsInside(brackets))
      return brackets.begin;
    if (brackets.end - brackets.begin == 2 || widthOf(brackets) <= width)
      continue;
    longest = brackets.begin;
    width = widthOf(brackets);
    if (isHeader && token(brackets.begin).is(Kind::LeftParen))
      break;
  }
  return longest;
}
