//===- choose.mlir - How a token is chosen ------------------*- mlir -*-===//
//
// The best token of a row of scores, or a random one. Scores are [rows, size], one row behind the
// other; `first` is the place of a row's first score.
//
// Choices are those of Runtime/TokenChoice.cpp and Runtime/StableMath.cpp to the bit: every
// operation and its order is as there.
//
//===--------------------------------------------------------------------===//

//===--------------------------------------------------------------------===//
// Numbers
//===--------------------------------------------------------------------===//

// Random number `index` of a seed, in [0, 1): Philox4x32-10 of Salmon et al., 2011.
func.func private @gatefold.random(%seed: i64, %index: i64) -> f64 {
  %low = arith.constant 0xFFFFFFFF : i64
  %half = arith.constant 32 : i64
  %factor0 = arith.constant 0xD2511F53 : i64
  %factor2 = arith.constant 0xCD9E8D57 : i64
  %step0 = arith.constant 0x9E3779B9 : i64
  %step1 = arith.constant 0xBB67AE85 : i64
  %zero = arith.constant 0 : i64
  %begin = arith.constant 0 : index
  %rounds = arith.constant 10 : index
  %one = arith.constant 1 : index

  %counter0 = arith.andi %index, %low : i64
  %counter1 = arith.shrui %index, %half : i64
  %key0 = arith.andi %seed, %low : i64
  %key1 = arith.shrui %seed, %half : i64
  %mixed:6 = scf.for %round = %begin to %rounds step %one
      iter_args(%c0 = %counter0, %c1 = %counter1, %c2 = %zero, %c3 = %zero,
                %k0 = %key0, %k1 = %key1) -> (i64, i64, i64, i64, i64, i64) {
    %first = arith.muli %c0, %factor0 : i64
    %second = arith.muli %c2, %factor2 : i64
    %firstHigh = arith.shrui %first, %half : i64
    %secondHigh = arith.shrui %second, %half : i64
    %x0 = arith.xori %secondHigh, %c1 : i64
    %n0 = arith.xori %x0, %k0 : i64
    %n1 = arith.andi %second, %low : i64
    %x2 = arith.xori %firstHigh, %c3 : i64
    %n2 = arith.xori %x2, %k1 : i64
    %n3 = arith.andi %first, %low : i64
    %s0 = arith.addi %k0, %step0 : i64
    %s1 = arith.addi %k1, %step1 : i64
    %n4 = arith.andi %s0, %low : i64
    %n5 = arith.andi %s1, %low : i64
    scf.yield %n0, %n1, %n2, %n3, %n4, %n5 : i64, i64, i64, i64, i64, i64
  }
  %upper = arith.shli %mixed#1, %half : i64
  %bits = arith.ori %upper, %mixed#0 : i64
  %unused = arith.constant 11 : i64
  %mantissa = arith.shrui %bits, %unused : i64
  %whole = arith.sitofp %mantissa : i64 to f64
  %unit = arith.constant 0x3CA0000000000000 : f64 // 2^-53
  %number = arith.mulf %whole, %unit : f64
  return %number : f64
}

// e^x for x up to 0; 0 below -708.
func.func private @gatefold.exp(%x: vector<8xf64>) -> vector<8xf64> {
  %least = arith.constant dense<-708.0> : vector<8xf64>
  %isPositive = arith.cmpf oge, %x, %least : vector<8xf64>
  %safe = arith.select %isPositive, %x, %least : vector<8xi1>, vector<8xf64>

  // x = whole * ln 2 + rest; ln 2 is in two parts.
  %perLn2 = arith.constant dense<0x3FF71547652B82FE> : vector<8xf64>
  %half = arith.constant dense<0.5> : vector<8xf64>
  %one = arith.constant dense<1.0> : vector<8xf64>
  %scaled = arith.mulf %safe, %perLn2 : vector<8xf64>
  %raised = arith.addf %scaled, %half : vector<8xf64>
  %cut = arith.fptosi %raised : vector<8xf64> to vector<8xi32>
  %cutNumber = arith.sitofp %cut : vector<8xi32> to vector<8xf64>
  %isAbove = arith.cmpf ogt, %cutNumber, %raised : vector<8xf64>
  %cutLess = arith.subf %cutNumber, %one : vector<8xf64>
  %whole = arith.select %isAbove, %cutLess, %cutNumber : vector<8xi1>, vector<8xf64>
  %ln2High = arith.constant dense<0x3FE62E42FEFA0000> : vector<8xf64>
  %ln2Low = arith.constant dense<0x3D7CF79ABC9E3B3A> : vector<8xf64>
  %high = arith.mulf %whole, %ln2High : vector<8xf64>
  %low = arith.mulf %whole, %ln2Low : vector<8xf64>
  %upper = arith.subf %safe, %high : vector<8xf64>
  %rest = arith.subf %upper, %low : vector<8xf64>

  // The series of e^rest: 1 + rest / 1 * (1 + rest / 2 * (...)).
  %begin = arith.constant 0 : index
  %terms = arith.constant 13 : index
  %next = arith.constant 1 : index
  %last = arith.constant dense<13.0> : vector<8xf64>
  %series:2 = scf.for %i = %begin to %terms step %next
      iter_args(%sum = %one, %n = %last) -> (vector<8xf64>, vector<8xf64>) {
    %product = arith.mulf %sum, %rest : vector<8xf64>
    %term = arith.divf %product, %n : vector<8xf64>
    %more = arith.addf %one, %term : vector<8xf64>
    %less = arith.subf %n, %one : vector<8xf64>
    scf.yield %more, %less : vector<8xf64>, vector<8xf64>
  }

  // 2^whole by its bits.
  %exponent = arith.fptosi %whole : vector<8xf64> to vector<8xi32>
  %wide = arith.extsi %exponent : vector<8xi32> to vector<8xi64>
  %bias = arith.constant dense<1023> : vector<8xi64>
  %biased = arith.addi %wide, %bias : vector<8xi64>
  %mantissaBits = arith.constant dense<52> : vector<8xi64>
  %bits = arith.shli %biased, %mantissaBits : vector<8xi64>
  %power = arith.bitcast %bits : vector<8xi64> to vector<8xf64>
  %value = arith.mulf %series#0, %power : vector<8xf64>
  %none = arith.constant dense<0.0> : vector<8xf64>
  %result = arith.select %isPositive, %value, %none : vector<8xi1>, vector<8xf64>
  return %result : vector<8xf64>
}

//===--------------------------------------------------------------------===//
// Rows of scores
//===--------------------------------------------------------------------===//

// The best token of a row, of equal ones the smallest. Where none can be chosen, `status` gets the
// number of a check behind `checks` others: 1 for a score that is no number, 2 where all are minus
// infinity, 3 for an infinite one.
func.func private @gatefold.best(%scores: memref<?xf32>, %first: index, %size: index,
                                 %status: memref<2xi64>, %checks: i64) -> i32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %none = arith.constant -1 : i64
  %least = arith.constant 0xFF800000 : f32 // minus infinity
  %most = arith.constant 0x7F800000 : f32
  %found:3 = scf.for %token = %c0 to %size step %c1
      iter_args(%best = %none, %bestScore = %least, %wrong = %none) -> (i64, f32, i64) {
    %place = arith.addi %first, %token : index
    %score = memref.load %scores[%place] : memref<?xf32>
    %number = arith.index_cast %token : index to i64
    %isBetter = arith.cmpf ogt, %score, %bestScore : f32
    %nextBest = arith.select %isBetter, %number, %best : i64
    %nextScore = arith.select %isBetter, %score, %bestScore : f32
    %isWrong = arith.cmpf uno, %score, %score : f32
    %isFirst = arith.cmpi eq, %wrong, %none : i64
    %isFirstWrong = arith.andi %isWrong, %isFirst : i1
    %nextWrong = arith.select %isFirstWrong, %number, %wrong : i64
    scf.yield %nextBest, %nextScore, %nextWrong : i64, f32, i64
  }

  %noFailure = arith.constant 0 : i64
  %failure1 = arith.constant 1 : i64
  %failure2 = arith.constant 2 : i64
  %failure3 = arith.constant 3 : i64
  %isInfinite = arith.cmpf oeq, %found#1, %most : f32
  %check3 = arith.select %isInfinite, %failure3, %noFailure : i64
  %hasNone = arith.cmpi eq, %found#0, %none : i64
  %check2 = arith.select %hasNone, %failure2, %check3 : i64
  %hasWrong = arith.cmpi ne, %found#2, %none : i64
  %check = arith.select %hasWrong, %failure1, %check2 : i64
  %isFailure = arith.cmpi ne, %check, %noFailure : i64
  scf.if %isFailure {
    %site = arith.addi %checks, %check : i64
    %value = arith.select %hasWrong, %found#2, %found#0 : i64
    memref.store %site, %status[%c0] : memref<2xi64>
    memref.store %value, %status[%c1] : memref<2xi64>
  }
  %token = arith.trunci %found#0 : i64 to i32
  return %token : i32
}

// Writes e^((score - largest) / temperature) for every token of a row.
func.func private @gatefold.weigh(%scores: memref<?xf32>, %first: index, %size: index,
                                  %largest: f64, %temperature: f64, %weights: memref<?xf64>) {
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %none = arith.constant dense<0.0> : vector<8xf32>
  %largests = vector.broadcast %largest : f64 to vector<8xf64>
  %temperatures = vector.broadcast %temperature : f64 to vector<8xf64>
  scf.for %token = %c0 to %size step %c8 {
    %left = arith.subi %size, %token : index
    %mask = vector.create_mask %left : vector<8xi1>
    %place = arith.addi %first, %token : index
    %score = vector.maskedload %scores[%place], %mask, %none
        : memref<?xf32>, vector<8xi1>, vector<8xf32> into vector<8xf32>
    %wide = arith.extf %score : vector<8xf32> to vector<8xf64>
    %difference = arith.subf %wide, %largests : vector<8xf64>
    %exponent = arith.divf %difference, %temperatures : vector<8xf64>
    %weight = func.call @gatefold.exp(%exponent) : (vector<8xf64>) -> vector<8xf64>
    vector.maskedstore %weights[%token], %mask, %weight
        : memref<?xf64>, vector<8xi1>, vector<8xf64>
  }
  return
}

//===--------------------------------------------------------------------===//
// The best tokens in their order: a heap whose top is the best one
//===--------------------------------------------------------------------===//

// Whether one token of a row is before another one: by its score, of equal ones by its number.
func.func private @gatefold.is_before(%scores: memref<?xf32>, %first: index, %a: i32, %b: i32)
    -> i1 {
  %aIndex = arith.index_cast %a : i32 to index
  %bIndex = arith.index_cast %b : i32 to index
  %aPlace = arith.addi %first, %aIndex : index
  %bPlace = arith.addi %first, %bIndex : index
  %aScore = memref.load %scores[%aPlace] : memref<?xf32>
  %bScore = memref.load %scores[%bPlace] : memref<?xf32>
  %isGreater = arith.cmpf ogt, %aScore, %bScore : f32
  %isEqual = arith.cmpf oeq, %aScore, %bScore : f32
  %isSmaller = arith.cmpi slt, %a, %b : i32
  %isEarlier = arith.andi %isEqual, %isSmaller : i1
  %isBefore = arith.ori %isGreater, %isEarlier : i1
  return %isBefore : i1
}

// Lets the token at `place` of a heap of `size` tokens sink to where it belongs.
func.func private @gatefold.sink(%scores: memref<?xf32>, %first: index, %heap: memref<?xi32>,
                                 %place: index, %size: index) {
  %c1 = arith.constant 1 : index
  %no = arith.constant false
  %end:2 = scf.while (%at = %place) : (index) -> (index, index) {
    %twice = arith.addi %at, %at : index
    %left = arith.addi %twice, %c1 : index
    %hasLeft = arith.cmpi ult, %left, %size : index
    %sinks:2 = scf.if %hasLeft -> (i1, index) {
      %right = arith.addi %left, %c1 : index
      %hasRight = arith.cmpi ult, %right, %size : index
      %leftToken = memref.load %heap[%left] : memref<?xi32>
      %isRight = scf.if %hasRight -> (i1) {
        %rightToken = memref.load %heap[%right] : memref<?xi32>
        %rightFirst = func.call @gatefold.is_before(%scores, %first, %rightToken, %leftToken)
            : (memref<?xf32>, index, i32, i32) -> i1
        scf.yield %rightFirst : i1
      } else {
        scf.yield %no : i1
      }
      %child = arith.select %isRight, %right, %left : index
      %childToken = memref.load %heap[%child] : memref<?xi32>
      %token = memref.load %heap[%at] : memref<?xi32>
      %isBefore = func.call @gatefold.is_before(%scores, %first, %childToken, %token)
          : (memref<?xf32>, index, i32, i32) -> i1
      scf.yield %isBefore, %child : i1, index
    } else {
      scf.yield %no, %at : i1, index
    }
    scf.condition(%sinks#0) %at, %sinks#1 : index, index
  } do {
  ^bb0(%at: index, %child: index):
    %token = memref.load %heap[%at] : memref<?xi32>
    %childToken = memref.load %heap[%child] : memref<?xi32>
    memref.store %childToken, %heap[%at] : memref<?xi32>
    memref.store %token, %heap[%child] : memref<?xi32>
    scf.yield %child : index
  }
  return
}

// Moves the best of `size` tokens to the end of the heap, which then has one less.
func.func private @gatefold.take_best(%scores: memref<?xf32>, %first: index, %heap: memref<?xi32>,
                                      %size: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %last = arith.subi %size, %c1 : index
  %best = memref.load %heap[%c0] : memref<?xi32>
  %other = memref.load %heap[%last] : memref<?xi32>
  memref.store %other, %heap[%c0] : memref<?xi32>
  memref.store %best, %heap[%last] : memref<?xi32>
  func.call @gatefold.sink(%scores, %first, %heap, %c0, %last)
      : (memref<?xf32>, index, memref<?xi32>, index, index) -> ()
  return
}

//===--------------------------------------------------------------------===//
// Drawing; `order` has the tokens in the order in which they are looked at, from its end
//===--------------------------------------------------------------------===//

// The token at position `position` of the order.
func.func private @gatefold.token_at(%order: memref<?xi32>, %size: index, %position: index) -> i32 {
  %c1 = arith.constant 1 : index
  %after = arith.subi %size, %position : index
  %place = arith.subi %after, %c1 : index
  %token = memref.load %order[%place] : memref<?xi32>
  return %token : i32
}

// The weight of the token at position `position` of the order.
func.func private @gatefold.weight_at(%weights: memref<?xf64>, %order: memref<?xi32>, %size: index,
                                      %position: index) -> f64 {
  %token = func.call @gatefold.token_at(%order, %size, %position)
      : (memref<?xi32>, index, index) -> i32
  %place = arith.index_cast %token : i32 to index
  %weight = memref.load %weights[%place] : memref<?xf64>
  return %weight : f64
}

// The weights of the first `count` tokens of the order together.
func.func private @gatefold.total(%weights: memref<?xf64>, %order: memref<?xi32>, %size: index,
                                  %count: index) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %none = arith.constant 0.0 : f64
  %total = scf.for %position = %c0 to %count step %c1 iter_args(%sum = %none) -> (f64) {
    %weight = func.call @gatefold.weight_at(%weights, %order, %size, %position)
        : (memref<?xf64>, memref<?xi32>, index, index) -> f64
    %more = arith.addf %sum, %weight : f64
    scf.yield %more : f64
  }
  return %total : f64
}

// Brings the best tokens to the front of the order: the `most` best ones, of which the fewest stay
// whose weights together reach the share `share`. Returns how many stay.
func.func private @gatefold.select(%scores: memref<?xf32>, %first: index, %size: index,
                                   %weights: memref<?xf64>, %order: memref<?xi32>, %most: index,
                                   %share: f64) -> index {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %none = arith.constant 0.0 : f64
  // Before any order, the sum is that of all tokens by their numbers.
  %all = func.call @gatefold.total(%weights, %order, %size, %size)
      : (memref<?xf64>, memref<?xi32>, index, index) -> f64
  %parents = arith.divui %size, %c2 : index
  scf.for %i = %c0 to %parents step %c1 {
    %after = arith.subi %parents, %i : index
    %place = arith.subi %after, %c1 : index
    func.call @gatefold.sink(%scores, %first, %order, %place, %size)
        : (memref<?xf32>, index, memref<?xi32>, index, index) -> ()
  }
  %isLess = arith.cmpi ult, %most, %size : index
  %taken = arith.select %isLess, %most, %c0 : index
  scf.for %i = %c0 to %taken step %c1 {
    %left = arith.subi %size, %i : index
    func.call @gatefold.take_best(%scores, %first, %order, %left)
        : (memref<?xf32>, index, memref<?xi32>, index) -> ()
  }
  %ofTaken = func.call @gatefold.total(%weights, %order, %size, %taken)
      : (memref<?xf64>, memref<?xi32>, index, index) -> f64
  %total = arith.select %isLess, %ofTaken, %all : f64
  %enough = arith.mulf %share, %total : f64
  %kept:2 = scf.while (%count = %c0, %sum = %none) : (index, f64) -> (index, f64) {
    %isFirst = arith.cmpi eq, %count, %c0 : index
    %isBelow = arith.cmpf olt, %sum, %enough : f64
    %wants = arith.ori %isFirst, %isBelow : i1
    %hasMore = arith.cmpi ult, %count, %most : index
    %goesOn = arith.andi %wants, %hasMore : i1
    scf.condition(%goesOn) %count, %sum : index, f64
  } do {
  ^bb0(%count: index, %sum: f64):
    %isOpen = arith.cmpi uge, %count, %taken : index
    scf.if %isOpen {
      %left = arith.subi %size, %count : index
      func.call @gatefold.take_best(%scores, %first, %order, %left)
          : (memref<?xf32>, index, memref<?xi32>, index) -> ()
    }
    %weight = func.call @gatefold.weight_at(%weights, %order, %size, %count)
        : (memref<?xf64>, memref<?xi32>, index, index) -> f64
    %more = arith.addf %sum, %weight : f64
    %next = arith.addi %count, %c1 : index
    scf.yield %next, %more : index, f64
  }
  return %kept#0 : index
}

// Draws one of the first `count` tokens of the order, by the weights; `best` where rounding lets
// their sum end below the number drawn.
func.func private @gatefold.draw(%weights: memref<?xf64>, %order: memref<?xi32>, %size: index,
                                 %count: index, %best: i32, %random: f64) -> i32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %none = arith.constant 0.0 : f64
  %yes = arith.constant true
  %total = func.call @gatefold.total(%weights, %order, %size, %count)
      : (memref<?xf64>, memref<?xi32>, index, index) -> f64
  %threshold = arith.mulf %random, %total : f64
  %drawn:4 = scf.while (%position = %c0, %sum = %none, %chosen = %best, %searches = %yes)
      : (index, f64, i32, i1) -> (index, f64, i32, i1) {
    %hasMore = arith.cmpi ult, %position, %count : index
    %goesOn = arith.andi %searches, %hasMore : i1
    scf.condition(%goesOn) %position, %sum, %chosen, %searches : index, f64, i32, i1
  } do {
  ^bb0(%position: index, %sum: f64, %chosen: i32, %searches: i1):
    %token = func.call @gatefold.token_at(%order, %size, %position)
        : (memref<?xi32>, index, index) -> i32
    %place = arith.index_cast %token : i32 to index
    %weight = memref.load %weights[%place] : memref<?xf64>
    %more = arith.addf %sum, %weight : f64
    %isPossible = arith.cmpf one, %weight, %none : f64
    %choice = arith.select %isPossible, %token, %chosen : i32
    %isOver = arith.cmpf ogt, %more, %threshold : f64
    %isHit = arith.andi %isPossible, %isOver : i1
    %misses = arith.xori %isHit, %yes : i1
    %next = arith.addi %position, %c1 : index
    scf.yield %next, %more, %choice, %misses : index, f64, i32, i1
  }
  return %drawn#2 : i32
}

// A random token of a row whose best one is `best`. `topK` is 0 for all.
func.func private @gatefold.sample(%scores: memref<?xf32>, %first: index, %size: index, %best: i32,
                                   %temperature: f64, %topK: i32, %topP: f64, %random: f64,
                                   %weights: memref<?xf64>, %order: memref<?xi32>) -> i32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %one = arith.constant 1.0 : f64
  %bestIndex = arith.index_cast %best : i32 to index
  %bestPlace = arith.addi %first, %bestIndex : index
  %bestScore = memref.load %scores[%bestPlace] : memref<?xf32>
  %largest = arith.extf %bestScore : f32 to f64
  func.call @gatefold.weigh(%scores, %first, %size, %largest, %temperature, %weights)
      : (memref<?xf32>, index, index, f64, f64, memref<?xf64>) -> ()
  scf.for %place = %c0 to %size step %c1 {
    %after = arith.subi %size, %place : index
    %number = arith.subi %after, %c1 : index
    %token = arith.index_cast %number : index to i32
    memref.store %token, %order[%place] : memref<?xi32>
  }
  %wanted = arith.index_cast %topK : i32 to index
  %isAny = arith.cmpi eq, %wanted, %c0 : index
  %most = arith.select %isAny, %size, %wanted : index
  %mostOfAll = arith.minui %most, %size : index
  %isLess = arith.cmpi ult, %mostOfAll, %size : index
  %isPart = arith.cmpf olt, %topP, %one : f64
  %selects = arith.ori %isLess, %isPart : i1
  %count = scf.if %selects -> (index) {
    %kept = func.call @gatefold.select(%scores, %first, %size, %weights, %order, %mostOfAll, %topP)
        : (memref<?xf32>, index, index, memref<?xf64>, memref<?xi32>, index, f64) -> index
    scf.yield %kept : index
  } else {
    scf.yield %size : index
  }
  %token = func.call @gatefold.draw(%weights, %order, %size, %count, %best, %random)
      : (memref<?xf64>, memref<?xi32>, index, index, i32, f64) -> i32
  return %token : i32
}

// The next token of an example by the scores of its row: the best one, or at random.
func.func private @gatefold.choose(%scores: memref<?xf32>, %first: index, %size: index,
    %e: index, %temperature: memref<?xf64>, %topK: memref<?xi32>, %topP: memref<?xf64>,
    %seed: memref<?xi64>, %made: memref<?xi32>, %weights: memref<?xf64>, %order: memref<?xi32>,
    %status: memref<2xi64>, %checks: i64) -> i32 {
  %c0 = arith.constant 0 : index
  %good = arith.constant 0 : i64
  %greedy = arith.constant 0.0 : f64
  %best = func.call @gatefold.best(%scores, %first, %size, %status, %checks)
      : (memref<?xf32>, index, index, memref<2xi64>, i64) -> i32
  %site = memref.load %status[%c0] : memref<2xi64>
  %isGood = arith.cmpi eq, %site, %good : i64
  %heat = memref.load %temperature[%e] : memref<?xf64>
  %isWarm = arith.cmpf one, %heat, %greedy : f64
  %draws = arith.andi %isGood, %isWarm : i1
  %token = scf.if %draws -> (i32) {
    %seedOfExample = memref.load %seed[%e] : memref<?xi64>
    %madeSoFar = memref.load %made[%e] : memref<?xi32>
    %index = arith.extui %madeSoFar : i32 to i64
    %random = func.call @gatefold.random(%seedOfExample, %index) : (i64, i64) -> f64
    %k = memref.load %topK[%e] : memref<?xi32>
    %p = memref.load %topP[%e] : memref<?xf64>
    %drawn = func.call @gatefold.sample(%scores, %first, %size, %best, %heat, %k, %p, %random,
                                        %weights, %order)
        : (memref<?xf32>, index, index, i32, f64, i32, f64, f64, memref<?xf64>, memref<?xi32>)
        -> i32
    scf.yield %drawn : i32
  } else {
    scf.yield %best : i32
  }
  return %token : i32
}
