//===- PieceMerger.cpp - Texts as merged pieces ------------------*- C++ -*-===//
//
// Byte-pair encoding by score, as llama2.c and SentencePiece do it: the text begins as characters,
// and of all adjacent pairs whose texts together are a token, the one with the highest score
// becomes that token, the leftmost of equal ones, until there is none. A heap of pairs finds each
// in logarithmic time.
//
//===----------------------------------------------------------------------===//

#include "Error.h"
#include "Utf8.h"
#include "VocabularyParts.h"
#include "gatefold/Runtime/Vocabulary.h"
#include "llvm/ADT/SmallString.h"
#include <queue>

namespace gatefold {

/// The pieces of one text, as a list in which neighbours are merged.
class PieceMerger {
public:
  explicit PieceMerger(const Vocabulary &vocabulary) : vocabulary(vocabulary) {}

  void add(int32_t token) { pieces.push_back({token, pieces.size() - 1, pieces.size() + 1}); }
  void merge();
  std::vector<int32_t> take() const;

private:
  static constexpr int32_t gone = -1; // the token of a piece that went into its left neighbour

  struct Piece {
    int32_t token;
    size_t previous, next; // neighbours; beyond the ends, a place outside `pieces`
  };

  /// Two neighbours that together are a token. Out of date once one of them was merged.
  struct Pair {
    float score;
    size_t left;
    int32_t leftToken, rightToken, together;

    /// Whether the other one is to be merged first.
    bool operator<(const Pair &other) const {
      return score != other.score ? score < other.score : left > other.left;
    }
  };

  bool isPiece(size_t place) const { return place < pieces.size(); }
  void consider(size_t left);
  bool isUpToDate(const Pair &pair) const;

  const Vocabulary &vocabulary;
  std::vector<Piece> pieces;
  std::priority_queue<Pair> pairs;
};

/// Remembers the pair of a piece and its right neighbour if it is a token.
void PieceMerger::consider(size_t left) {
  if (!isPiece(left) || !isPiece(pieces[left].next))
    return;
  int32_t leftToken = pieces[left].token, rightToken = pieces[pieces[left].next].token;
  const std::string &leftText = vocabulary.texts[leftToken];
  const std::string &rightText = vocabulary.texts[rightToken];
  if (leftText.size() + rightText.size() > vocabulary.longest)
    return;
  llvm::SmallString<32> together(leftText);
  together += rightText;
  auto place = vocabulary.numbers.find(together);
  if (place != vocabulary.numbers.end())
    pairs.push({vocabulary.scores[place->second], left, leftToken, rightToken, place->second});
}

bool PieceMerger::isUpToDate(const Pair &pair) const {
  const Piece &left = pieces[pair.left];
  return left.token == pair.leftToken && isPiece(left.next) &&
         pieces[left.next].token == pair.rightToken;
}

void PieceMerger::merge() {
  for (size_t place = 0; place < pieces.size(); ++place)
    consider(place);
  while (!pairs.empty()) {
    Pair pair = pairs.top();
    pairs.pop();
    if (!isUpToDate(pair))
      continue;
    Piece &left = pieces[pair.left];
    Piece &right = pieces[left.next];
    left.token = pair.together;
    left.next = right.next;
    right.token = gone;
    if (isPiece(left.next))
      pieces[left.next].previous = pair.left;
    consider(left.previous);
    consider(pair.left);
  }
}

std::vector<int32_t> PieceMerger::take() const {
  std::vector<int32_t> tokens;
  for (size_t place = 0; isPiece(place); place = pieces[place].next)
    tokens.push_back(pieces[place].token);
  return tokens;
}

llvm::Expected<std::vector<int32_t>> Vocabulary::encodePieces(llvm::StringRef text) const {
  PieceMerger merger(*this);
  auto addCharacter = [&](llvm::StringRef character, size_t place) -> llvm::Error {
    if (std::optional<int32_t> token = find(character)) {
      merger.add(*token);
      return llvm::Error::success();
    }
    for (uint8_t byte : llvm::arrayRefFromStringRef(character)) {
      if (byte + firstBytePiece >= size())
        return makeError(quoteFound(character) + " (" + describePlace(text, place) +
                         " of the text) is not in the vocabulary `" + name + "` of " +
                         llvm::Twine(size()) + " tokens, and nor are its bytes");
      merger.add(byte + firstBytePiece);
    }
    return llvm::Error::success();
  };

  if (!text.empty())
    if (llvm::Error error = addCharacter(" ", 0))
      return std::move(error);
  for (size_t place = 0; place < text.size();) {
    llvm::Expected<llvm::StringRef> character = characterAt(text, place);
    if (!character)
      return character.takeError();
    if (llvm::Error error = addCharacter(*character, place))
      return std::move(error);
    place += character->size();
  }
  merger.merge();
  return merger.take();
}

} // namespace gatefold
