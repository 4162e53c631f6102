//===- GatefoldGenerateOps.td - Tokens one after the other --*- tablegen -*-===//

#ifndef GATEFOLD_IR_GATEFOLDGENERATEOPS_TD
#define GATEFOLD_IR_GATEFOLDGENERATEOPS_TD

include "gatefold/IR/GatefoldOpBase.td"

def Gatefold_GenerateOp : Gatefold_Op<"generate",
    [AttrSizedOperandSegments, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "feeds a decoder its own output until every example has ended";
  let description = [{
    Runs the entry `decode` again and again. Each time the scores decide on the
    next token of every example, which is recorded and is what the next step
    reads. The loop ends when every example has ended, or when one has got
    `most` tokens since the operation began: it can then go on from what it
    left, as if it had never stopped.

    Settings, one of each for every example: `temperature`, 0 for the best token
    at every step, otherwise what scores are divided by before a token is drawn;
    `top_k`, how many of the best tokens stay (0: all); `top_p`, the probability
    that the best of these must reach together, and no more stay; `seed`, which
    with the number of tokens made fixes the random numbers; `end`, the token
    that ends an example and is not recorded (negative: none); `limit`, the most
    tokens made. `prompt`, [batch, P], has tokens that are fed after the first.

    Progress: `token`, what a row reads next; `row_example`, the example whose
    row it is, negative for none; and for every example `steps`, how many it has
    taken, `made`, how many tokens it got, and `state`: 0 while it goes on, 1 at
    its end, 2 at its limit, 3 where no token could be chosen. Before the first
    step, row r belongs to example r. The rows of what has ended are taken out,
    so `memories` are in the order of rows.

    `memories` are the arguments of `decode` behind its token; those it reads
    only come first. `tokens`, [batch, most], are the tokens made, `count` of
    them for each example, and what follows them has no meaning.

    Constraints:
    - (C1) `decode` names an entry of the model whose first argument is one i32
      for each row and whose first result is the scores, f32 [batch, V].
    - (C2) the memories have the types of its other arguments, and its other
      results those of the last of them.
    - (C3) the results behind `count` have the types of progress and memories.

    Example:

    ```mlir
    %tokens, %count, %next:6 = gatefold.generate @decode most %n
        settings(%temperature, %top_k, %top_p, %seed, %end, %limit)
        progress(%token, %row_example, %steps, %made, %state) memories(%h) : (...) -> (...)
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$decode, Index:$most,
                       1DTensorOf<[F64]>:$temperature,
                       1DTensorOf<[I32]>:$top_k,
                       1DTensorOf<[F64]>:$top_p,
                       1DTensorOf<[I64]>:$seed,
                       1DTensorOf<[I32]>:$end,
                       1DTensorOf<[I32]>:$limit,
                       Optional<RankedTensorOf<[I32]>>:$prompt,
                       1DTensorOf<[I32]>:$token,
                       1DTensorOf<[I32]>:$row_example,
                       1DTensorOf<[I32]>:$steps,
                       1DTensorOf<[I32]>:$made,
                       1DTensorOf<[I32]>:$state,
                       Variadic<AnyRankedTensor>:$memories);
  let results = (outs RankedTensorOf<[I32]>:$tokens, 1DTensorOf<[I32]>:$count,
                      Variadic<AnyRankedTensor>:$next);
  let assemblyFormat = [{
    $decode `most` $most
    `settings` `(` $temperature `,` $top_k `,` $top_p `,` $seed `,` $end `,` $limit `)`
    (`prompt` `(` $prompt^ `)`)?
    `progress` `(` $token `,` $row_example `,` $steps `,` $made `,` $state `)`
    `memories` `(` $memories `)` attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1; /*generate_c3*/
  let extraClassDeclaration = [{
    /// What the operation updates, progress and then memories: one for each of `getNext()`.
    ::mlir::OperandRange getUpdated() {
      return (*this)->getOperands().take_back(getNext().size());
    }
  }];
}

#endif // GATEFOLD_IR_GATEFOLDGENERATEOPS_TD
