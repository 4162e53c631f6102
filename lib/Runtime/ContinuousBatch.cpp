//===- ContinuousBatch.cpp - Requests that join a running batch --*- C++ -*-===//
//
// Requests whose decoders can be called together are rows of one decoder. All rows go on by a token
// in each step, so two that can be called together once can be so for ever.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/ContinuousBatch.h"
#include "Error.h"
#include "GenerationLoop.h"
#include "GenerationStart.h"
#include "ModelDecoder.h"
#include "StableMath.h"
#include "TokenChoice.h"
#include <map>

using namespace gatefold;

/// Results up to so many tokens never move while they grow.
static constexpr int64_t mostTokensReserved = 4096;

namespace {
/// One text that is made.
struct Request {
  int64_t number = 0;
  GenerationTask task; // with one prompt
  Strategy strategy;
  std::optional<TokenSampler> sampler;
  GeneratedTokens result;
  bool goesOn = true;
  std::string failure;

  /// What the decoder reads next. Behind what is given come the tokens made.
  int32_t findNext() const {
    int64_t given = static_cast<int64_t>(task.prompts[0].size()) + 1;
    return task.numRead < given ? findGiven(task, 0, task.numRead)
                                : result.tokens[task.numRead - given];
  }
  bool hasMorePrompt() const {
    return task.numRead <= static_cast<int64_t>(task.prompts[0].size());
  }
  llvm::Error choose(llvm::ArrayRef<float> scores, const TokenCallback &callback);
  void add(int32_t token, const TokenCallback &callback);
};

/// Requests that are called together.
struct Group {
  std::vector<int64_t> sizes; // of `decode`, for as many rows as there may be
  std::unique_ptr<ModelDecoder> decoder;
  std::vector<Request *> requests; // of each row
};
} // namespace

/// What a batch holds.
class ContinuousBatch::Implementation {
public:
  llvm::Expected<std::unique_ptr<Request>> makeRequest(const GenerationSettings &settings) const;
  llvm::Error join(Request &request, const GenerationStart &start);
  llvm::Error setSampler(Request &request, const Strategy &strategy) const;
  llvm::Error makeRoom(Group &group);
  llvm::Expected<Request *> findActive(int64_t request);
  Group &findGroup(const Request &request);
  void keepRows(Group &group, llvm::function_ref<bool(const Request &)> stays);
  void stepGroup(Group &group, const TokenCallback &callback);
  int64_t enter(std::unique_ptr<Request> request);

  std::shared_ptr<const LoadedModel> loaded;
  const Generation *generation = nullptr;
  std::unique_ptr<Session> session;
  std::optional<int64_t> capacity;
  unsigned threads = 1;
  int64_t vocabularySize = 0;
  int64_t nextNumber = 0;
  std::map<int64_t, std::unique_ptr<Request>> requests;
  std::vector<Group> groups;
  std::vector<int32_t> fed;
  std::vector<int64_t> kept;
};

//===----------------------------------------------------------------------===//
// Tokens
//===----------------------------------------------------------------------===//

void Request::add(int32_t token, const TokenCallback &callback) {
  if (token == task.end) {
    result.ended = true;
    goesOn = false;
    return;
  }
  int32_t before = result.tokens.empty() ? result.before : result.tokens.back();
  result.tokens.push_back(token);
  goesOn = static_cast<int64_t>(result.tokens.size()) < task.limit;
  if (callback)
    callback(number, before, token);
}

/// Chooses the next token.
llvm::Error Request::choose(llvm::ArrayRef<float> scores, const TokenCallback &callback) {
  int64_t made = static_cast<int64_t>(result.tokens.size());
  llvm::Expected<int32_t> best = findBestToken(scores);
  if (!best)
    return tellScores(best.takeError(), /*examples=*/1, /*example=*/0, made);
  double random = sampler ? randomNumber(strategy.seeds[0], static_cast<uint64_t>(made)) : 0;
  add(sampler ? sampler->draw(scores, *best, random) : *best, callback);
  return llvm::Error::success();
}

/// Takes the rows of a group out that do not stay.
void ContinuousBatch::Implementation::keepRows(Group &group,
                                               llvm::function_ref<bool(const Request &)> stays) {
  kept.clear();
  for (auto [row, request] : llvm::enumerate(group.requests))
    if (stays(*request))
      kept.push_back(static_cast<int64_t>(row));
  if (kept.size() == group.requests.size())
    return;
  group.decoder->reorder(kept);
  llvm::erase_if(group.requests, [&](Request *request) { return !stays(*request); });
}

/// One step of a group; those that have ended leave it.
void ContinuousBatch::Implementation::stepGroup(Group &group, const TokenCallback &callback) {
  fed.clear();
  for (const Request *request : group.requests)
    fed.push_back(request->findNext());
  auto fail = [](Request &request, llvm::StringRef why) {
    request.failure = why.str();
    request.goesOn = false;
  };
  llvm::Expected<llvm::ArrayRef<float>> scores = group.decoder->step(fed);
  if (!scores) {
    std::string why = llvm::toString(scores.takeError());
    for (Request *request : group.requests)
      fail(*request, why);
  } else {
    for (auto [row, request] : llvm::enumerate(group.requests)) {
      ++request->task.numRead;
      if (request->hasMorePrompt())
        continue;
      if (llvm::Error error =
              request->choose(scores->slice(row * vocabularySize, vocabularySize), callback))
        fail(*request, llvm::toString(std::move(error)));
    }
  }
  keepRows(group, [](const Request &request) { return request.goesOn; });
}

void ContinuousBatch::step(const TokenCallback &callback) {
  for (Group &group : implementation->groups)
    implementation->stepGroup(group, callback);
  llvm::erase_if(implementation->groups, [](const Group &group) { return group.requests.empty(); });
}

//===----------------------------------------------------------------------===//
// Joining
//===----------------------------------------------------------------------===//

/// Gives a request its strategy.
llvm::Error ContinuousBatch::Implementation::setSampler(Request &request,
                                                        const Strategy &strategy) const {
  if (strategy.kind == StrategyKind::Beam)
    return makeError(
        "requests that join a running batch are made by greedy or sample, not by beam");
  if (llvm::Error error = checkStrategy(strategy, /*examples=*/1, vocabularySize))
    return error;
  request.strategy = strategy;
  request.sampler.reset();
  if (strategy.kind == StrategyKind::Sample)
    request.sampler.emplace(strategy, vocabularySize);
  return llvm::Error::success();
}

/// A request with these settings that has read nothing.
llvm::Expected<std::unique_ptr<Request>>
ContinuousBatch::Implementation::makeRequest(const GenerationSettings &settings) const {
  auto request = std::make_unique<Request>();
  if (llvm::Error error = setSampler(*request, settings.strategy))
    return std::move(error);
  llvm::Expected<int64_t> limit = findLimit(*generation, settings);
  if (!limit)
    return limit.takeError();
  request->task = {settings.first, settings.end, *limit, {{}}};
  request->result.tokens.reserve(std::min<int64_t>(*limit, mostTokensReserved));
  return request;
}

int64_t ContinuousBatch::Implementation::enter(std::unique_ptr<Request> request) {
  request->number = nextNumber++;
  return requests.emplace(request->number, std::move(request)).first->first;
}

/// Makes room for one more row.
llvm::Error ContinuousBatch::Implementation::makeRoom(Group &group) {
  if (group.decoder->countRows() < group.decoder->getMostRows())
    return llvm::Error::success();
  std::vector<int64_t> sizes = group.sizes;
  const EntryInterface &decode = *loaded->model->getInterface().entry("decode");
  for (auto [name, size] : llvm::zip_equal(decode.sizes, sizes))
    if (name == batchSizeName)
      size *= 2;
  auto larger =
      ModelDecoder::create(*loaded, sizes, group.decoder->getRows(), group.decoder->countRead());
  if (!larger)
    return larger.takeError();
  (*larger)->setThreads(threads, loaded->teamMemory);
  group.decoder = std::move(*larger);
  group.sizes = std::move(sizes);
  return llvm::Error::success();
}

/// Makes a request a row of the group that it fits, or of a new one.
llvm::Error ContinuousBatch::Implementation::join(Request &request, const GenerationStart &start) {
  const std::vector<std::string> &names = start.decode->sizes;
  bool hasHistories = llvm::is_contained(names, capacitySizeName);
  std::vector<int64_t> sizes = start.findSizes(*start.decode, /*rows=*/1, /*tokens=*/0);
  for (Group &group : groups) {
    bool fits = !hasHistories || group.decoder->countRead() == start.numRead;
    for (auto [name, size, other] : llvm::zip_equal(names, sizes, group.sizes))
      fits &= name == batchSizeName || size == other;
    if (!fits)
      continue;
    if (llvm::Error error = makeRoom(group))
      return error;
    if (llvm::Error error = group.decoder->append(start.values))
      return error;
    group.requests.push_back(&request);
    return llvm::Error::success();
  }
  auto decoder = ModelDecoder::create(*loaded, sizes, start.values, start.numRead);
  if (!decoder)
    return decoder.takeError();
  (*decoder)->setThreads(threads, loaded->teamMemory);
  groups.push_back({std::move(sizes), std::move(*decoder), {&request}});
  return llvm::Error::success();
}

llvm::Expected<int64_t> ContinuousBatch::add(const NamedTensors &inputs,
                                             const GenerationSettings &settings) {
  Implementation &batch = *implementation;
  auto request = batch.makeRequest(settings);
  if (!request)
    return request.takeError();
  GenerationTask &task = (*request)->task;
  auto start = GenerationStart::create(*batch.session, *batch.loaded, inputs, task.limit,
                                       batch.capacity, batch.threads);
  if (!start)
    return start.takeError();
  if (start->batch != 1)
    return makeError("a request is one example, but the inputs are a batch of " +
                     llvm::Twine(start->batch));
  task.prompts = start->prompts;
  (*request)->result.before = findBefore(task, 0);
  (*request)->goesOn = task.limit > 0;
  if (!(*request)->goesOn)
    return batch.enter(std::move(*request));
  if (llvm::Error error = start->readPrompts(*batch.loaded, settings.first, batch.threads))
    return std::move(error);
  task.numRead = start->numRead;
  if (llvm::Error error = batch.join(**request, *start))
    return std::move(error);
  return batch.enter(std::move(*request));
}

llvm::Expected<Request *> ContinuousBatch::Implementation::findActive(int64_t number) {
  auto found = requests.find(number);
  if (found == requests.end())
    return makeError("there is no request " + llvm::Twine(number));
  if (!found->second->goesOn)
    return makeError("the request " + llvm::Twine(number) + " has ended");
  return found->second.get();
}

/// The group of a request that goes on.
Group &ContinuousBatch::Implementation::findGroup(const Request &request) {
  return *llvm::find_if(
      groups, [&](const Group &group) { return llvm::is_contained(group.requests, &request); });
}

llvm::Expected<int64_t> ContinuousBatch::fork(int64_t number, const GenerationSettings &settings) {
  Implementation &batch = *implementation;
  llvm::Expected<Request *> source = batch.findActive(number);
  if (!source)
    return source.takeError();
  auto request = batch.makeRequest(settings);
  if (!request)
    return request.takeError();
  GenerationTask &task = (*request)->task;
  int64_t made = static_cast<int64_t>((*source)->result.tokens.size());
  int64_t prompt = static_cast<int64_t>((*source)->task.prompts[0].size());
  if (task.limit <= made)
    return makeError("the limit is " + llvm::Twine(task.limit) + " tokens, but the request " +
                     llvm::Twine(number) + " has " + llvm::Twine(made) + " already");
  int64_t room = batch.capacity.value_or(INT64_MAX);
  if (prompt + task.limit > room)
    return makeError("a prompt of " + llvm::Twine(prompt) + " tokens and a limit of " +
                     llvm::Twine(task.limit) + " need a capacity of " +
                     llvm::Twine(prompt + task.limit) + ", but it is " + llvm::Twine(room));
  task.first = (*source)->task.first;
  task.prompts = (*source)->task.prompts;
  task.numRead = (*source)->task.numRead;
  (*request)->result = (*source)->result;
  Group &group = batch.findGroup(**source);
  if (llvm::Error error = batch.makeRoom(group))
    return std::move(error);
  batch.kept.clear();
  for (auto [row, other] : llvm::enumerate(group.requests))
    batch.kept.push_back(static_cast<int64_t>(row));
  batch.kept.push_back(llvm::find(group.requests, *source) - group.requests.begin());
  group.decoder->reorder(batch.kept);
  group.requests.push_back(request->get());
  return batch.enter(std::move(*request));
}

//===----------------------------------------------------------------------===//
// The batch
//===----------------------------------------------------------------------===//

ContinuousBatch::ContinuousBatch(std::unique_ptr<Implementation> implementation)
    : implementation(std::move(implementation)) {}
ContinuousBatch::~ContinuousBatch() = default;

llvm::Expected<std::unique_ptr<ContinuousBatch>>
ContinuousBatch::create(const Session &session, std::optional<int64_t> capacity, unsigned threads) {
  auto batch = std::make_unique<Implementation>();
  batch->loaded = session.implementation->loaded;
  llvm::Expected<const Generation *> generation = requireGeneration(*batch->loaded);
  if (!generation)
    return generation.takeError();
  batch->generation = *generation;
  llvm::Expected<const EntryInterface *> decode = batch->loaded->requireEntry("decode");
  if (!decode)
    return decode.takeError();
  llvm::Expected<int64_t> vocabularySize = checkDecodeEntry(**decode, **generation);
  if (!vocabularySize)
    return vocabularySize.takeError();
  batch->vocabularySize = *vocabularySize;
  bool hasHistories = llvm::is_contained((*decode)->sizes, capacitySizeName);
  if (hasHistories && (!capacity || *capacity < 1))
    return makeError("the histories of `" + session.getInterface().name +
                     "` need a capacity of 1 or more: the most tokens of a request, its prompt and "
                     "those made");
  if (hasHistories)
    batch->capacity = capacity;
  batch->threads = std::max(threads, 1u);
  batch->session.reset(
      new Session(std::make_unique<Session::Implementation>(*session.implementation)));
  return std::unique_ptr<ContinuousBatch>(new ContinuousBatch(std::move(batch)));
}

int64_t ContinuousBatch::countActive() const {
  int64_t count = 0;
  for (const Group &group : implementation->groups)
    count += static_cast<int64_t>(group.requests.size());
  return count;
}

llvm::Error ContinuousBatch::end(int64_t number) {
  llvm::Expected<Request *> request = implementation->findActive(number);
  if (!request)
    return request.takeError();
  (*request)->goesOn = false;
  Group &group = implementation->findGroup(**request);
  implementation->keepRows(group, [](const Request &other) { return other.goesOn; });
  llvm::erase_if(implementation->groups, [](const Group &other) { return other.requests.empty(); });
  return llvm::Error::success();
}

llvm::Expected<GeneratedTokens> ContinuousBatch::take(int64_t number) {
  auto found = implementation->requests.find(number);
  if (found == implementation->requests.end())
    return makeError("there is no request " + llvm::Twine(number));
  if (found->second->goesOn)
    return makeError("the request " + llvm::Twine(number) + " goes on");
  std::unique_ptr<Request> request = std::move(found->second);
  implementation->requests.erase(found);
  if (!request->failure.empty())
    return makeError(request->failure);
  return std::move(request->result);
}
