//===- ContinuousBatch.h - Requests that join a running batch ----*- C++ -*-===//
//
// Texts that are made side by side, as a server makes them: a request joins at any step, and leaves
// when it has ended (Yu et al., "Orca: a distributed serving system for Transformer-based
// generative models", 2022). All that are at the same step of memories of the same sizes are
// computed together; models without histories have one call for all. Whatever runs beside it, a
// request gets the tokens that Session::generate makes for it alone, to the bit.
//
//     auto batch = cantFail(ContinuousBatch::create(session, /*capacity=*/512));
//     int64_t request = cantFail(batch->add(inputs, settings));
//     while (batch->countActive() > 0)
//       batch->step([](int64_t request, int32_t before, int32_t token) { ... });
//     GeneratedTokens result = cantFail(batch->take(request));
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_RUNTIME_CONTINUOUSBATCH_H
#define GATEFOLD_RUNTIME_CONTINUOUSBATCH_H

#include "gatefold/Runtime/Session.h"

namespace gatefold {

/// Requests of one model. It keeps the model and its weights alive, but not the session. For one
/// thread at a time.
class ContinuousBatch {
public:
  /// `capacity` is how many tokens the histories of each request hold: its prompt and the most that
  /// it may make; models without histories need none. At most `threads` threads share the work of a
  /// call.
  static llvm::Expected<std::unique_ptr<ContinuousBatch>>
  create(const Session &session, std::optional<int64_t> capacity = std::nullopt,
         unsigned threads = 1);

  /// Reads the inputs of one example, without batch axis, and its prompt in one go. Returns the
  /// request's number. Errors, after which the batch is as it was: inputs that do not fit or that
  /// the model's checks refuse, a request beyond the capacity, a strategy that makes no sense, and
  /// `beam`, whose sequences do not end one by one.
  llvm::Expected<int64_t> add(const NamedTensors &inputs, const GenerationSettings &settings);

  /// A new request that goes on from where another one is, and has its tokens so far: a prompt is
  /// read once for several results. The strategy, the end and the limit of `settings` count from
  /// here on; the limit counts the tokens so far, too. Of histories, as many rows are copied as
  /// there are. An error for a request that has ended.
  llvm::Expected<int64_t> fork(int64_t request, const GenerationSettings &settings);

  /// Makes one token for every request that goes on. `callback` is told its number, the token
  /// before and the token. Where no token can be chosen, the request ends, and where a check of the
  /// model fails, all that were computed with it; `take` then says why.
  void step(const TokenCallback &callback = {});

  /// How many requests go on.
  int64_t countActive() const;

  /// Ends a request; its tokens so far are its result.
  llvm::Error end(int64_t request);

  /// The result of a request that has ended, or why it failed; the batch then forgets it.
  llvm::Expected<GeneratedTokens> take(int64_t request);

  ~ContinuousBatch();

private:
  class Implementation;
  explicit ContinuousBatch(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation;
};

} // namespace gatefold

#endif // GATEFOLD_RUNTIME_CONTINUOUSBATCH_H
