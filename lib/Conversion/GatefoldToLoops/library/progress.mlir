//===- progress.mlir - How far the examples are -------------*- mlir -*-===//
//
// Which rows go on, and what they read next. Settings and progress are those of
// `gatefold.generate`, one for each example; EmitGenerate.cpp puts the loop around these functions.
//
//===--------------------------------------------------------------------===//

// Takes out the rows of examples that have ended, or never had one, and closes up those that stay:
// row r goes on from row `source[r]`. Returns how many stay.
func.func private @gatefold.keep_rows(%rows: index, %limit: memref<?xi32>, %token: memref<?xi32>,
                                      %rowExample: memref<?xi32>, %made: memref<?xi32>,
                                      %state: memref<?xi32>, %source: memref<?xi32>) -> index {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %goesOn = arith.constant 0 : i32
  %atLimit = arith.constant 2 : i32
  %nobody = arith.constant -1 : i32
  %kept = scf.for %row = %c0 to %rows step %c1 iter_args(%count = %c0) -> (index) {
    %example = memref.load %rowExample[%row] : memref<?xi32>
    %hasExample = arith.cmpi sge, %example, %goesOn : i32
    memref.store %nobody, %rowExample[%row] : memref<?xi32>
    %stays = scf.if %hasExample -> (i1) {
      %e = arith.index_cast %example : i32 to index
      %madeSoFar = memref.load %made[%e] : memref<?xi32>
      %most = memref.load %limit[%e] : memref<?xi32>
      %before = memref.load %state[%e] : memref<?xi32>
      %went = arith.cmpi eq, %before, %goesOn : i32
      %isFull = arith.cmpi sge, %madeSoFar, %most : i32
      %stops = arith.andi %went, %isFull : i1
      %now = arith.select %stops, %atLimit, %before : i32
      memref.store %now, %state[%e] : memref<?xi32>
      %goes = arith.cmpi eq, %now, %goesOn : i32
      scf.yield %goes : i1
    } else {
      scf.yield %hasExample : i1
    }
    %next = scf.if %stays -> (index) {
      %number = arith.index_cast %row : index to i32
      %nextToken = memref.load %token[%row] : memref<?xi32>
      memref.store %number, %source[%count] : memref<?xi32>
      memref.store %nextToken, %token[%count] : memref<?xi32>
      memref.store %example, %rowExample[%count] : memref<?xi32>
      %more = arith.addi %count, %c1 : index
      scf.yield %more : index
    } else {
      scf.yield %count : index
    }
    scf.yield %next : index
  }
  return %kept : index
}

// Records the token chosen for an example. Returns whether the example has got `most` of them since
// `count` was 0.
func.func private @gatefold.record(%chosen: i32, %e: index, %row: index, %end: memref<?xi32>,
    %token: memref<?xi32>, %made: memref<?xi32>, %state: memref<?xi32>, %tokens: memref<?xi32>,
    %most: index, %count: memref<?xi32>) -> i1 {
  %one = arith.constant 1 : i32
  %atEnd = arith.constant 1 : i32
  %no = arith.constant false
  %last = memref.load %end[%e] : memref<?xi32>
  %isEnd = arith.cmpi eq, %chosen, %last : i32
  %isFull = scf.if %isEnd -> (i1) {
    memref.store %atEnd, %state[%e] : memref<?xi32>
    scf.yield %no : i1
  } else {
    %before = memref.load %count[%e] : memref<?xi32>
    %column = arith.index_cast %before : i32 to index
    %line = arith.muli %e, %most : index
    %place = arith.addi %line, %column : index
    memref.store %chosen, %tokens[%place] : memref<?xi32>
    memref.store %chosen, %token[%row] : memref<?xi32>
    %after = arith.addi %before, %one : i32
    memref.store %after, %count[%e] : memref<?xi32>
    %madeBefore = memref.load %made[%e] : memref<?xi32>
    %madeAfter = arith.addi %madeBefore, %one : i32
    memref.store %madeAfter, %made[%e] : memref<?xi32>
    %there = arith.index_cast %after : i32 to index
    %fills = arith.cmpi uge, %there, %most : index
    scf.yield %fills : i1
  }
  return %isFull : i1
}

// Gives every row the token that it reads next: the prompt's, or the one chosen by its scores.
// Returns whether the loop has to stop, be it that `status` tells why.
func.func private @gatefold.advance(%rows: index, %scores: memref<?xf32>, %size: index,
    %temperature: memref<?xf64>, %topK: memref<?xi32>, %topP: memref<?xf64>, %seed: memref<?xi64>,
    %end: memref<?xi32>, %prompt: memref<?xi32>, %promptSize: index, %token: memref<?xi32>,
    %rowExample: memref<?xi32>, %steps: memref<?xi32>, %made: memref<?xi32>,
    %state: memref<?xi32>, %tokens: memref<?xi32>, %most: index, %count: memref<?xi32>,
    %weights: memref<?xf64>, %order: memref<?xi32>, %status: memref<2xi64>, %checks: i64) -> i1 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %one = arith.constant 1 : i32
  %failed = arith.constant 3 : i32
  %no = arith.constant false
  %yes = arith.constant true
  %good = arith.constant 0 : i64
  %stops = scf.for %row = %c0 to %rows step %c1 iter_args(%stop = %no) -> (i1) {
    %site = memref.load %status[%c0] : memref<2xi64>
    %isGood = arith.cmpi eq, %site, %good : i64
    %next = scf.if %isGood -> (i1) {
      %example = memref.load %rowExample[%row] : memref<?xi32>
      %e = arith.index_cast %example : i32 to index
      %step = memref.load %steps[%e] : memref<?xi32>
      %stepAfter = arith.addi %step, %one : i32
      memref.store %stepAfter, %steps[%e] : memref<?xi32>
      %position = arith.index_cast %step : i32 to index
      %isPrompt = arith.cmpi ult, %position, %promptSize : index
      %isFull = scf.if %isPrompt -> (i1) {
        %line = arith.muli %e, %promptSize : index
        %place = arith.addi %line, %position : index
        %given = memref.load %prompt[%place] : memref<?xi32>
        memref.store %given, %token[%row] : memref<?xi32>
        scf.yield %no : i1
      } else {
        %first = arith.muli %row, %size : index
        %chosen = func.call @gatefold.choose(%scores, %first, %size, %e, %temperature, %topK,
                                             %topP, %seed, %made, %weights, %order, %status,
                                             %checks)
            : (memref<?xf32>, index, index, index, memref<?xf64>, memref<?xi32>, memref<?xf64>,
               memref<?xi64>, memref<?xi32>, memref<?xf64>, memref<?xi32>, memref<2xi64>, i64)
            -> i32
        %siteAfter = memref.load %status[%c0] : memref<2xi64>
        %isChosen = arith.cmpi eq, %siteAfter, %good : i64
        %fills = scf.if %isChosen -> (i1) {
          %recorded = func.call @gatefold.record(%chosen, %e, %row, %end, %token, %made, %state,
                                                 %tokens, %most, %count)
              : (i32, index, index, memref<?xi32>, memref<?xi32>, memref<?xi32>, memref<?xi32>,
                 memref<?xi32>, index, memref<?xi32>) -> i1
          scf.yield %recorded : i1
        } else {
          memref.store %failed, %state[%e] : memref<?xi32>
          scf.yield %yes : i1
        }
        scf.yield %fills : i1
      }
      scf.yield %isFull : i1
    } else {
      scf.yield %yes : i1
    }
    %any = arith.ori %stop, %next : i1
    scf.yield %any : i1
  }
  return %stops : i1
}
