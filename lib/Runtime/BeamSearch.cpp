//===- BeamSearch.cpp - Several sequences for each example -------*- C++ -*-===//
//
// Beam search with the length penalty of Wu et al., "Google's neural machine translation system",
// 2016, section 7. Of the 2 K best continuations of the sequences of an example, those of the first
// K that end are finished, and the first K others go on; there are as many, since of the tokens
// after a sequence only one ends it.
//
//===----------------------------------------------------------------------===//

#include "GenerationLoop.h"
#include "StableMath.h"
#include "TokenChoice.h"
#include "gatefold/Runtime/Tensor.h"
#include <cmath>

using namespace gatefold;

#pragma STDC FP_CONTRACT OFF

namespace {
/// A sequence of an example and one more token.
struct Continuation {
  double logProbability;
  int32_t token;
  int32_t beam; // which of the sequences that grow

  /// Whether this one is better.
  bool operator<(const Continuation &other) const {
    if (logProbability != other.logProbability)
      return logProbability > other.logProbability;
    return token != other.token ? token < other.token : beam < other.beam;
  }
};

/// The search for the result of one example.
struct Search {
  int64_t example = 0;
  int64_t made = 0;         // tokens of each sequence that grows
  std::vector<double> live; // their log-probabilities, best first
  std::vector<size_t> rows; // where they are among the decoder's rows of this example

  // The best finished sequence: its first `length` tokens end with sequence `beam` of that time.
  bool hasBest = false, ended = false;
  double bestScore = 0;
  int64_t length = 0;
  int32_t beam = 0;
};

class BeamSearch {
public:
  explicit BeamSearch(const GenerationLoop &loop)
      : loop(loop), width(loop.strategy.beamWidth),
        vocabularySize(static_cast<size_t>(loop.decoder.getVocabularySize())) {}

  llvm::Expected<std::vector<GeneratedTokens>> run();

private:
  llvm::Error allocate();
  double score(double logProbability, int64_t length) const;
  llvm::Error findContinuations(const Search &search, llvm::ArrayRef<float> scores);
  void consider(const Continuation &continuation);
  void finish(Search &search, double logProbability, int64_t length, int32_t beam, bool ended);
  void grow(Search &search, size_t firstRow);
  void placeRows(Search &search, size_t firstRow);
  llvm::Expected<bool> advance(Search &search, llvm::ArrayRef<float> scores, size_t firstRow);
  llvm::Error advanceAll(llvm::ArrayRef<float> scores, size_t step);
  llvm::ArrayRef<int32_t> findPath(const Search &search);

  size_t cell(const Search &search, int64_t length, size_t beam) const {
    return (search.example * loop.task.limit + length) * width + beam;
  }

  const GenerationLoop &loop;
  size_t width;
  size_t vocabularySize;
  std::vector<Search> searches; // of all examples
  std::vector<size_t> active;   // those that go on, in order; each has its rows behind each other

  // Token number n of sequence b of an example, and the sequence that it was added to.
  Tensor tokens, parents; // i32 [examples, limit, width]
  int32_t *tokensData, *parentsData;
  Tensor path; // i32 [limit], of the search looked at last
  std::vector<Continuation> continuations;

  // The decoder's rows after this step.
  std::vector<int32_t> fed;
  std::vector<int64_t> sources;
  std::vector<size_t> nextRows; // of one example, and which of its rows are taken
  std::vector<uint8_t> isTaken;
};
} // namespace

double BeamSearch::score(double logProbability, int64_t length) const {
  double penalty = loop.strategy.lengthPenalty;
  return penalty == 0 ? logProbability
                      : logProbability / stableExp(penalty * stableLog((5.0 + length) / 6));
}

/// Keeps the 2 K best in a heap whose top is the worst.
void BeamSearch::consider(const Continuation &continuation) {
  if (continuations.size() == 2 * width) {
    if (!(continuation < continuations.front()))
      return;
    std::pop_heap(continuations.begin(), continuations.end());
    continuations.pop_back();
  }
  continuations.push_back(continuation);
  std::push_heap(continuations.begin(), continuations.end());
}

llvm::Error BeamSearch::findContinuations(const Search &search, llvm::ArrayRef<float> scores) {
  continuations.clear();
  for (size_t beam = 0; beam < search.live.size(); ++beam) {
    llvm::ArrayRef<float> row = scores.slice(search.rows[beam] * vocabularySize, vocabularySize);
    llvm::Expected<int32_t> best = findBestToken(row);
    if (!best)
      return loop.tellScores(best.takeError(), search.example, search.made);
    double total = logSumExp(row, *best);
    for (auto [token, tokenScore] : llvm::enumerate(row))
      if (!std::isinf(tokenScore))
        consider({search.live[beam] + (tokenScore - total), static_cast<int32_t>(token),
                  static_cast<int32_t>(beam)});
  }
  std::sort_heap(continuations.begin(), continuations.end());
  return llvm::Error::success();
}

void BeamSearch::finish(Search &search, double logProbability, int64_t length, int32_t beam,
                        bool ended) {
  double found = score(logProbability, ended ? length + 1 : length);
  if (search.hasBest && found <= search.bestScore)
    return;
  search.hasBest = true;
  search.ended = ended;
  search.bestScore = found;
  search.length = length;
  search.beam = beam;
}

/// Replaces the sequences by their best continuations.
void BeamSearch::grow(Search &search, size_t firstRow) {
  search.live.clear();
  for (auto [rank, continuation] : llvm::enumerate(continuations)) {
    if (continuation.token == loop.task.end) {
      if (rank < width)
        finish(search, continuation.logProbability, search.made, continuation.beam, true);
      continue;
    }
    if (search.live.size() == width)
      continue;
    size_t place = cell(search, search.made, search.live.size());
    tokensData[place] = continuation.token;
    parentsData[place] = continuation.beam;
    search.live.push_back(continuation.logProbability);
  }
  placeRows(search, firstRow);
  ++search.made;
}

/// Notes what the rows of the sequences are made of. The best one that continues a sequence stays
/// in its row, so that rows are copied only where a sequence has several continuations.
void BeamSearch::placeRows(Search &search, size_t firstRow) {
  size_t count = search.live.size(), base = fed.size();
  constexpr size_t none = SIZE_MAX;
  nextRows.assign(count, none);
  isTaken.assign(count, false);
  const int32_t *chosen = tokensData + cell(search, search.made, 0);
  const int32_t *parent = parentsData + cell(search, search.made, 0);
  for (size_t beam = 0; beam < count; ++beam)
    if (size_t row = search.rows[parent[beam]]; row < count && !isTaken[row]) {
      nextRows[beam] = row;
      isTaken[row] = true;
    }
  fed.resize(base + count);
  sources.resize(base + count);
  size_t free = 0;
  for (size_t beam = 0; beam < count; ++beam) {
    if (nextRows[beam] == none) {
      while (isTaken[free])
        ++free;
      nextRows[beam] = free++;
    }
    fed[base + nextRows[beam]] = chosen[beam];
    sources[base + nextRows[beam]] = static_cast<int64_t>(firstRow + search.rows[parent[beam]]);
  }
  std::swap(search.rows, nextRows);
}

/// One step of one example; false if it is finished, and its rows are then gone.
llvm::Expected<bool> BeamSearch::advance(Search &search, llvm::ArrayRef<float> scores,
                                         size_t firstRow) {
  if (llvm::Error error = findContinuations(search, scores))
    return std::move(error);
  size_t rows = fed.size();
  grow(search, firstRow);
  if (search.made == loop.task.limit)
    for (auto [beam, logProbability] : llvm::enumerate(search.live))
      finish(search, logProbability, search.made, static_cast<int32_t>(beam), false);
  // The score of a sequence is the closer to 0 the longer it is, so this is the most it can get.
  bool goesOn =
      search.made < loop.task.limit && !search.live.empty() &&
      !(search.hasBest && score(search.live.front(), loop.task.limit) <= search.bestScore);
  if (goesOn)
    return true;
  fed.resize(rows);
  sources.resize(rows);
  int32_t before = loop.findBefore(search.example);
  for (int32_t token : findPath(search)) {
    loop.report(search.example, before, token);
    before = token;
  }
  return false;
}

/// One step of all examples.
llvm::Error BeamSearch::advanceAll(llvm::ArrayRef<float> scores, size_t step) {
  fed.clear();
  sources.clear();
  size_t row = 0, kept = 0;
  for (size_t place = 0; place < active.size(); ++place) {
    Search &search = searches[active[place]];
    size_t rows = search.live.size();
    llvm::ArrayRef<int32_t> prompt = loop.task.prompts[search.example];
    bool goesOn = true;
    if (step < prompt.size()) {
      fed.push_back(prompt[step]);
      sources.push_back(static_cast<int64_t>(row));
    } else {
      auto advanced =
          advance(search, scores.slice(row * vocabularySize, rows * vocabularySize), row);
      if (!advanced)
        return advanced.takeError();
      goesOn = *advanced;
    }
    row += rows;
    if (goesOn)
      active[kept++] = active[place];
  }
  active.resize(kept);
  loop.reorder(sources, row);
  return llvm::Error::success();
}

/// The tokens of the best finished sequence; valid until the next call.
llvm::ArrayRef<int32_t> BeamSearch::findPath(const Search &search) {
  int32_t *pathData = path.mutableData<int32_t>();
  int32_t beam = search.beam;
  for (int64_t place = search.length - 1; place >= 0; --place) {
    pathData[place] = tokensData[cell(search, place, beam)];
    beam = parentsData[cell(search, place, beam)];
  }
  return {pathData, static_cast<size_t>(search.length)};
}

llvm::Error BeamSearch::allocate() {
  int64_t examples = loop.countExamples(), limit = loop.task.limit;
  for (Tensor *store : {&tokens, &parents}) {
    auto created = Tensor::create(ElementType::I32, {examples, limit, static_cast<int64_t>(width)});
    if (!created)
      return created.takeError();
    *store = std::move(*created);
  }
  auto created = Tensor::create(ElementType::I32, {limit});
  if (!created)
    return created.takeError();
  path = std::move(*created);
  tokensData = tokens.mutableData<int32_t>();
  parentsData = parents.mutableData<int32_t>();

  continuations.reserve(2 * width);
  nextRows.reserve(width);
  isTaken.reserve(width);
  fed.reserve(examples * width);
  sources.reserve(examples * width);
  for (int64_t example = 0; example < examples; ++example) {
    searches.emplace_back();
    searches.back().example = example;
    searches.back().live.reserve(width);
    searches.back().live.push_back(0);
    searches.back().rows.reserve(width);
    searches.back().rows.push_back(0);
    active.push_back(example);
  }
  return llvm::Error::success();
}

llvm::Expected<std::vector<GeneratedTokens>> BeamSearch::run() {
  if (llvm::Error error = allocate())
    return std::move(error);
  for (const Search &search : searches)
    fed.push_back(findGiven(loop.task, search.example, loop.task.numRead));
  for (size_t step = loop.task.numRead; !active.empty(); ++step) {
    llvm::Expected<llvm::ArrayRef<float>> scores = loop.decoder.step(fed);
    if (!scores)
      return scores.takeError();
    if (llvm::Error error = advanceAll(*scores, step))
      return std::move(error);
  }
  std::vector<GeneratedTokens> results;
  for (const Search &search : searches)
    results.push_back(
        {findPath(search).vec(), search.ended, search.bestScore, loop.findBefore(search.example)});
  return results;
}

llvm::Expected<std::vector<GeneratedTokens>> gatefold::generateByBeam(const GenerationLoop &loop) {
  return BeamSearch(loop).run();
}
