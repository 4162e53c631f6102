// RUN: gatefold-opt %s -verify-diagnostics -split-input-file

// One wrong program per constraint, named after the label of the constraint.

gatefold.model @weight_c1 {
  // expected-error @below {{expected a tensor of static shape, but found 'tensor<?xf32>'}}
  gatefold.weight @W : tensor<?xf32>
}

// -----

gatefold.model @read_c1 {
  gatefold.entry @init() {
    // expected-error @below {{expected a weight of the model, but found no weight `W`}}
    %0 = gatefold.read @W : tensor<2xf32>
    gatefold.return
  }
}

// -----

gatefold.model @read_c2 {
  // expected-note @below {{the weight is declared here}}
  gatefold.weight @W : tensor<3xf32>
  gatefold.entry @init() {
    // expected-error @below {{expected result of type 'tensor<3xf32>', but found 'tensor<2xf32>'}}
    %0 = gatefold.read @W : tensor<2xf32>
    gatefold.return
  }
}

// -----

gatefold.model @entry_c1_argument {
  // expected-error @below {{expected argument 0 to have a port of kind input or memory, but found kind output}}
  gatefold.entry @step(%x: tensor<f32> {gatefold.port = #gatefold.port<output "x" []>}) {
    gatefold.return
  }
}

// -----

gatefold.model @entry_c1_result {
  // expected-error @below {{expected result 0 to have a port of kind output or memory, but found no port}}
  gatefold.entry @step(%x: tensor<f32> {gatefold.port = #gatefold.port<input "x" []>}) -> tensor<f32> {
    gatefold.return %x : tensor<f32>
  }
}

// -----

gatefold.model @entry_c2_rank {
  // expected-error @below {{expected argument 0 to have one dimension per axis of 'tensor<2x3xf32>', but found 1}}
  gatefold.entry @step(%x: tensor<2x3xf32> {gatefold.port = #gatefold.port<input "x" ["2"]>}) {
    gatefold.return
  }
}

// -----

gatefold.model @entry_c2_number {
  // expected-error @below {{expected the dimensions of argument 0 to be those of 'tensor<2xf32>', but found "3"}}
  gatefold.entry @step(%x: tensor<2xf32> {gatefold.port = #gatefold.port<input "x" ["3"]>}) {
    gatefold.return
  }
}

// -----

gatefold.model @entry_c2_dynamic {
  // expected-error @below {{expected the dimensions of argument 0 to be those of 'tensor<?xf32>', but found "3"}}
  gatefold.entry @step(%x: tensor<?xf32> {gatefold.port = #gatefold.port<input "x" ["3"]>}) {
    gatefold.return
  }
}

// -----

gatefold.model @entry_c2_tensor {
  // expected-error @below {{expected argument 0 to be a ranked tensor, but found 'f32'}}
  gatefold.entry @step(%x: f32 {gatefold.port = #gatefold.port<input "x" []>}) {
    gatefold.return
  }
}

// -----

gatefold.model @entry_c3 {
  // expected-error @below {{expected the name `sequence`, `step`, `init`, `prepare`, `decode`, `prefill` or `generate`, but found `run`}}
  gatefold.entry @run() {
    gatefold.return
  }
}

// -----

gatefold.model @weight_c2 {
  // expected-error @below {{expected no source for a prepared weight, but found "'a'"}}
  gatefold.weight @W : tensor<2xf32> from "'a'" prepared
}

// -----

gatefold.model @entry_c4 {
  // expected-error @below {{expected one block, but the body has 2}}
  gatefold.entry @init() {
    gatefold.return
  ^other:
    gatefold.return
  }
}

// -----

gatefold.model @port_attribute {
  // expected-error @below {{expected `gatefold.port` to be a port, but found 3}}
  gatefold.entry @step(%x: tensor<f32> {gatefold.port = 3}) {
    gatefold.return
  }
}

// -----

gatefold.model @other_attribute {
  // expected-error @below {{expected `gatefold.port` as the only attribute of the dialect on an argument or a result, but found `gatefold.prot`}}
  gatefold.entry @step(%x: tensor<f32> {gatefold.prot = 3}) {
    gatefold.return
  }
}

// -----

gatefold.model @return_c1_number {
  gatefold.entry @init() -> (tensor<f32> {gatefold.port = #gatefold.port<output "y" []>}) {
    // expected-error @below {{expected 1 values, but found 0}}
    gatefold.return
  }
}

// -----

gatefold.model @return_c1_type {
  gatefold.entry @step(%x: tensor<2xf32> {gatefold.port = #gatefold.port<input "x" ["2"]>})
      -> (tensor<f32> {gatefold.port = #gatefold.port<output "y" []>}) {
    // expected-error @below {{expected value 0 of type 'tensor<f32>', but found 'tensor<2xf32>'}}
    gatefold.return %x : tensor<2xf32>
  }
}

// -----

func.func @scan_c1_none(%h: tensor<f32>) {
  // expected-error @below {{expected at least one sequence, but found none}}
  gatefold.scan axis 0 () memories(%m = %h as "m" : tensor<f32>) {
    gatefold.yield next(%m : tensor<f32>)
  }
  return
}

// -----

func.func @scan_c1_axis(%xs: tensor<3xf32>) {
  // expected-error @below {{expected an axis of 'tensor<3xf32>', but found 1}}
  gatefold.scan axis 1 (%x = %xs : tensor<3xf32>) {
  }
  return
}

// -----

func.func @scan_c1_axis_generic(%xs: tensor<3xf32>) {
  // expected-error @below {{expected sequence 0 to have axis 1, but found 'tensor<3xf32>'}}
  "gatefold.scan"(%xs) <{axis = 1 : i64, names = [], operandSegmentSizes = array<i32: 1, 0>}> ({
  ^bb0(%x: tensor<f32>):
    "gatefold.yield"() <{operandSegmentSizes = array<i32: 0, 0>}> : () -> ()
  }) : (tensor<3xf32>) -> ()
  return
}

// -----

func.func @scan_c1_size(%xs: tensor<3xf32>, %ys: tensor<4xf32>) {
  // expected-error @below {{expected sequence 1 to have 3 steps, but found 4}}
  gatefold.scan axis 0 (%x = %xs : tensor<3xf32>, %y = %ys : tensor<4xf32>) {
  }
  return
}

// -----

func.func @scan_c2_number(%xs: tensor<3xf32>) {
  // expected-error @below {{expected the body to have one argument per sequence and memory, which are 1, but found 0}}
  "gatefold.scan"(%xs) <{axis = 0 : i64, names = [], operandSegmentSizes = array<i32: 1, 0>}> ({
    "gatefold.yield"() <{operandSegmentSizes = array<i32: 0, 0>}> : () -> ()
  }) : (tensor<3xf32>) -> ()
  return
}

// -----

func.func @scan_c2_sequence(%xs: tensor<3x2xf32>) {
  // expected-error @below {{expected body argument of type 'tensor<2xf32>', but found 'tensor<3xf32>'}}
  "gatefold.scan"(%xs) <{axis = 0 : i64, names = [], operandSegmentSizes = array<i32: 1, 0>}> ({
  ^bb0(%x: tensor<3xf32>):
    "gatefold.yield"() <{operandSegmentSizes = array<i32: 0, 0>}> : () -> ()
  }) : (tensor<3x2xf32>) -> ()
  return
}

// -----

func.func @scan_c2_memory(%xs: tensor<3xf32>, %h0: tensor<2xf32>) -> tensor<2xf32> {
  // expected-error @below {{expected body argument of type 'tensor<2xf32>', but found 'tensor<3xf32>'}}
  %0 = "gatefold.scan"(%xs, %h0) <{axis = 0 : i64, names = ["h"], operandSegmentSizes = array<i32: 1, 1>}> ({
  ^bb0(%x: tensor<f32>, %h: tensor<3xf32>):
    "gatefold.yield"(%h0) <{operandSegmentSizes = array<i32: 0, 1>}> : (tensor<2xf32>) -> ()
  }) : (tensor<3xf32>, tensor<2xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

func.func @scan_c3_number(%xs: tensor<3xf32>, %h0: tensor<2xf32>) -> tensor<2xf32> {
  %0 = gatefold.scan axis 0 (%x = %xs : tensor<3xf32>) memories(%h = %h0 as "h" : tensor<2xf32>) {
    // expected-error @below {{expected one next value per memory, which are 1, but found 0}}
    gatefold.yield
  }
  return %0 : tensor<2xf32>
}

// -----

func.func @scan_c3_type(%xs: tensor<3xf32>, %h0: tensor<2xf32>) -> tensor<2xf32> {
  %0 = gatefold.scan axis 0 (%x = %xs : tensor<3xf32>) memories(%h = %h0 as "h" : tensor<2xf32>) {
    // expected-error @below {{expected next `h` of type 'tensor<2xf32>', but found 'tensor<f32>'}}
    gatefold.yield next(%x : tensor<f32>)
  }
  return %0 : tensor<2xf32>
}

// -----

func.func @scan_c4_number(%xs: tensor<3xf32>) -> tensor<3xf32> {
  %0 = gatefold.scan axis 0 (%x = %xs : tensor<3xf32>) -> (tensor<3xf32>) {
    // expected-error @below {{expected one output per result that is no memory, which are 1, but found 0}}
    gatefold.yield
  }
  return %0 : tensor<3xf32>
}

// -----

func.func @scan_c4_output(%xs: tensor<3xf32>) -> tensor<?xf32> {
  // expected-error @below {{expected output of type 'tensor<3xf32>', but found 'tensor<?xf32>'}}
  %0 = gatefold.scan axis 0 (%x = %xs : tensor<3xf32>) -> (tensor<?xf32>) {
    gatefold.yield outputs(%x : tensor<f32>)
  }
  return %0 : tensor<?xf32>
}

// -----

func.func @scan_c4_rank(%xs: tensor<2x3xf32>, %c: tensor<f32>) -> tensor<3xf32> {
  %0 = gatefold.scan axis 1 (%x = %xs : tensor<2x3xf32>) -> (tensor<3xf32>) {
    // expected-error @below {{expected outputs with 1 axes in front of the steps, but found 'tensor<f32>'}}
    gatefold.yield outputs(%c : tensor<f32>)
  }
  return %0 : tensor<3xf32>
}

// -----

func.func @scan_c4_memory(%xs: tensor<3xf32>, %h0: tensor<2xf32>) -> tensor<3xf32> {
  // expected-error @below {{expected last memory of type 'tensor<2xf32>', but found 'tensor<3xf32>'}}
  %0 = "gatefold.scan"(%xs, %h0) <{axis = 0 : i64, names = ["h"], operandSegmentSizes = array<i32: 1, 1>}> ({
  ^bb0(%x: tensor<f32>, %h: tensor<2xf32>):
    "gatefold.yield"(%h) <{operandSegmentSizes = array<i32: 0, 1>}> : (tensor<2xf32>) -> ()
  }) : (tensor<3xf32>, tensor<2xf32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// -----

func.func @scan_c4_results(%xs: tensor<3xf32>, %h0: tensor<2xf32>) {
  // expected-error @below {{expected a result per memory, which are 1, but found 0 results}}
  "gatefold.scan"(%xs, %h0) <{axis = 0 : i64, names = ["h"], operandSegmentSizes = array<i32: 1, 1>}> ({
  ^bb0(%x: tensor<f32>, %h: tensor<2xf32>):
    "gatefold.yield"(%h) <{operandSegmentSizes = array<i32: 0, 1>}> : (tensor<2xf32>) -> ()
  }) : (tensor<3xf32>, tensor<2xf32>) -> ()
  return
}

// -----

func.func @scan_c5_number(%xs: tensor<3xf32>, %h0: tensor<2xf32>) {
  // expected-error @below {{expected one name per memory, which are 1, but found 0}}
  %0 = "gatefold.scan"(%xs, %h0) <{axis = 0 : i64, names = [], operandSegmentSizes = array<i32: 1, 1>}> ({
  ^bb0(%x: tensor<f32>, %h: tensor<2xf32>):
    "gatefold.yield"(%h) <{operandSegmentSizes = array<i32: 0, 1>}> : (tensor<2xf32>) -> ()
  }) : (tensor<3xf32>, tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @scan_c5_twice(%xs: tensor<3xf32>, %h0: tensor<2xf32>) {
  // expected-error @below {{expected every memory to have its own name, but found "h" twice}}
  %0:2 = gatefold.scan axis 0 (%x = %xs : tensor<3xf32>)
      memories(%h = %h0 as "h" : tensor<2xf32>, %g = %h0 as "h" : tensor<2xf32>) {
    gatefold.yield next(%h, %g : tensor<2xf32>, tensor<2xf32>)
  }
  return
}

// -----

func.func @dot_c1_lhs(%x: tensor<f32>, %W: tensor<4xf32>) {
  // expected-error @below {{expected lhs to have at least 1 axes, but found 'tensor<f32>'}}
  %0 = gatefold.dot %x, %W chain : tensor<f32>, tensor<4xf32> -> tensor<f32>
  return
}

// -----

func.func @dot_c1_rhs(%x: tensor<4xf32>, %W: tensor<4xf32>) {
  // expected-error @below {{expected rhs to have at least 2 axes, but found 'tensor<4xf32>'}}
  %0 = gatefold.dot %x, %W chain transposed : tensor<4xf32>, tensor<4xf32> -> tensor<f32>
  return
}

// -----

func.func @dot_c1_size(%x: tensor<3xf32>, %W: tensor<5x4xf32>) {
  // expected-error @below {{expected contracted axes of equal size, but found 3 and 4}}
  %0 = gatefold.dot %x, %W chain : tensor<3xf32>, tensor<5x4xf32> -> tensor<5xf32>
  return
}

// -----

func.func @dot_c2(%x: tensor<2x4xf32>, %W: tensor<3x5x4xf32>) {
  // expected-error @below {{expected mapped axes of equal size, but found 2 and 3}}
  %0 = gatefold.dot %x, %W chain mapped 1 : tensor<2x4xf32>, tensor<3x5x4xf32> -> tensor<2x5xf32>
  return
}

// -----

func.func @dot_c3(%x: tensor<4xf32>, %W: tensor<5x4xf32>) {
  // expected-error @below {{expected result of type 'tensor<5xf32>', but found 'tensor<4xf32>'}}
  %0 = gatefold.dot %x, %W chain : tensor<4xf32>, tensor<5x4xf32> -> tensor<4xf32>
  return
}

// -----

func.func @dot_c4(%x: tensor<4xf32>, %W: tensor<5x4xf64>) {
  // expected-error @below {{failed to verify that all of {lhs, rhs, result} have same element type}}
  %0 = gatefold.dot %x, %W chain : tensor<4xf32>, tensor<5x4xf64> -> tensor<5xf32>
  return
}

// -----

func.func @reduce_c1(%x: tensor<2x3xf32>) {
  // expected-error @below {{expected ascending axes below the operand's rank 2, but found [1, 0]}}
  %0 = gatefold.reduce sum %x axes [1, 0] chain : tensor<2x3xf32> -> tensor<f32>
  return
}

// -----

func.func @reduce_c2(%x: tensor<2x3xf32>) {
  // expected-error @below {{expected result of type 'tensor<2xf32>', but found 'tensor<3xf32>'}}
  %0 = gatefold.reduce sum %x axes [0] chain : tensor<2x3xf32> -> tensor<3xf32>
  return
}

// -----

func.func @argmax_c1_rank(%x: tensor<f32>) {
  // expected-error @below {{expected an operand with an axis, but found 'tensor<f32>'}}
  %0 = gatefold.argmax %x : tensor<f32> -> tensor<i32>
  return
}

// -----

func.func @argmax_c1(%x: tensor<2x3xf32>) {
  // expected-error @below {{expected result of type 'tensor<2xi32>', but found 'tensor<3xi32>'}}
  %0 = gatefold.argmax %x : tensor<2x3xf32> -> tensor<3xi32>
  return
}

// -----

func.func @dim_c1(%x: tensor<2xf32>) {
  // expected-error @below {{expected an axis below the operand's rank 1, but found 1}}
  %0 = gatefold.dim %x, 1 : tensor<2xf32>
  return
}

// -----

func.func @broadcast_c1(%x: tensor<2xf32>) {
  // expected-error @below {{expected ascending axes below the result's rank 2, but found [2]}}
  %0 = gatefold.broadcast %x axes [2] : tensor<2xf32> -> tensor<3x2xf32>
  return
}

// -----

func.func @broadcast_c2(%x: tensor<2xf32>) {
  // expected-error @below {{expected operand of type 'tensor<3xf32>', but found 'tensor<2xf32>'}}
  %0 = gatefold.broadcast %x axes [0] : tensor<2xf32> -> tensor<3x2xf32>
  return
}

// -----

func.func @broadcast_c3(%x: tensor<2xf32>) {
  // expected-error @below {{expected one size per new dynamic axis, which are 1, but found 0}}
  %0 = gatefold.broadcast %x axes [1] : tensor<2xf32> -> tensor<?x2xf32>
  return
}

// -----

func.func @concat_c1_none() {
  // expected-error @below {{expected at least one operand, but found none}}
  %0 = "gatefold.concat"() <{axis = 0 : i64}> : () -> tensor<2xf32>
  return
}

// -----

func.func @concat_c1_axis(%x: tensor<2xf32>) {
  // expected-error @below {{expected an axis below the operand's rank 1, but found 1}}
  %0 = gatefold.concat %x axis 1 : tensor<2xf32> -> tensor<2xf32>
  return
}

// -----

func.func @concat_c1_sizes(%x: tensor<2x3xf32>, %y: tensor<3x3xf32>) {
  // expected-error @below {{expected operands that differ in axis 0 alone, but found 'tensor<2x3xf32>' and 'tensor<3x3xf32>'}}
  %0 = gatefold.concat %x, %y axis 0 : tensor<2x3xf32>, tensor<3x3xf32> -> tensor<2x6xf32>
  return
}

// -----

func.func @concat_c2(%x: tensor<2xf32>, %y: tensor<3xf32>) {
  // expected-error @below {{expected result of type 'tensor<5xf32>', but found 'tensor<6xf32>'}}
  %0 = gatefold.concat %x, %y axis 0 : tensor<2xf32>, tensor<3xf32> -> tensor<6xf32>
  return
}

// -----

func.func @slice_c1(%x: tensor<2xf32>) {
  // expected-error @below {{expected an axis below the operand's rank 1, but found 3}}
  %0 = gatefold.slice %x axis 3 offset 0 size 1 : tensor<2xf32> -> tensor<1xf32>
  return
}

// -----

func.func @slice_c2_back(%x: tensor<2xf32>) {
  // expected-error @below {{expected a range within 'tensor<2xf32>', but found offset 1 and size 2 in axis 0}}
  %0 = gatefold.slice %x axis 0 offset 1 size 2 : tensor<2xf32> -> tensor<2xf32>
  return
}

// -----

func.func @slice_c2_front(%x: tensor<2xf32>) {
  // expected-error @below {{expected a range within 'tensor<2xf32>', but found offset -3 and size 1 in axis 0}}
  %0 = gatefold.slice %x axis 0 offset -3 size 1 : tensor<2xf32> -> tensor<1xf32>
  return
}

// -----

func.func @slice_c2_dynamic(%x: tensor<?xf32>) {
  // expected-error @below {{expected a range within 'tensor<?xf32>', but found offset -1 and size 2 in axis 0}}
  %0 = gatefold.slice %x axis 0 offset -1 size 2 : tensor<?xf32> -> tensor<2xf32>
  return
}

// -----

func.func @slice_c3(%x: tensor<4xf32>) {
  // expected-error @below {{expected result of type 'tensor<2xf32>', but found 'tensor<3xf32>'}}
  %0 = gatefold.slice %x axis 0 offset 1 size 2 : tensor<4xf32> -> tensor<3xf32>
  return
}

// -----

func.func @reshape_c1_rank(%x: tensor<4xf32>) {
  // expected-error @below {{expected to replace at most the operand's 1 axes, but found 2}}
  %0 = gatefold.reshape %x replaced 2 : tensor<4xf32> -> tensor<2x2xf32>
  return
}

// -----

func.func @reshape_c1_kept(%x: tensor<3x4xf32>) {
  // expected-error @below {{expected the first 1 axes and the element type of 'tensor<3x4xf32>' to stay, but found 'tensor<12xf32>'}}
  %0 = gatefold.reshape %x replaced 1 : tensor<3x4xf32> -> tensor<12xf32>
  return
}

// -----

func.func @reshape_c2(%x: tensor<3x4xf32>) {
  // expected-error @below {{expected as many elements as 'tensor<3x4xf32>', but found 'tensor<3x2x3xf32>'}}
  %0 = gatefold.reshape %x replaced 1 : tensor<3x4xf32> -> tensor<3x2x3xf32>
  return
}

// -----

func.func @reshape_c2_dynamic(%x: tensor<?x?xf32>) {
  // expected-error @below {{expected as many elements as 'tensor<?x?xf32>', but found 'tensor<?xf32>'}}
  %0 = gatefold.reshape %x replaced 2 : tensor<?x?xf32> -> tensor<?xf32>
  return
}

// -----

func.func @transpose_c1(%x: tensor<3x4xf32>) {
  // expected-error @below {{expected a permutation of at most 2 axes, but found [1, 1]}}
  %0 = gatefold.transpose %x [1, 1] : tensor<3x4xf32> -> tensor<4x4xf32>
  return
}

// -----

func.func @transpose_c2(%x: tensor<3x4xf32>) {
  // expected-error @below {{expected result of type 'tensor<4x3xf32>', but found 'tensor<3x4xf32>'}}
  %0 = gatefold.transpose %x [1, 0] : tensor<3x4xf32> -> tensor<3x4xf32>
  return
}

// -----

func.func @gather_c1_table(%t: tensor<4xf32>, %i: tensor<4xi32>) {
  // expected-error @below {{expected a table with more than 1 axes, but found 'tensor<4xf32>'}}
  %0 = gatefold.gather %t[%i] mapped 1 : tensor<4xf32>, tensor<4xi32> -> tensor<4xf32>
  return
}

// -----

func.func @gather_c1_indices(%t: tensor<4x2xf32>, %i: tensor<i32>) {
  // expected-error @below {{expected indices with at least 1 axes, but found 'tensor<i32>'}}
  %0 = gatefold.gather %t[%i] mapped 1 : tensor<4x2xf32>, tensor<i32> -> tensor<4xf32>
  return
}

// -----

func.func @gather_c1_sizes(%t: tensor<4x2xf32>, %i: tensor<3xi32>) {
  // expected-error @below {{expected mapped axes of equal size, but found 4 and 3}}
  %0 = gatefold.gather %t[%i] mapped 1 : tensor<4x2xf32>, tensor<3xi32> -> tensor<4xf32>
  return
}

// -----

func.func @gather_c2(%t: tensor<4x2xf32>, %i: tensor<3xi32>) {
  // expected-error @below {{expected result of type 'tensor<3x2xf32>', but found 'tensor<3xf32>'}}
  %0 = gatefold.gather %t[%i] : tensor<4x2xf32>, tensor<3xi32> -> tensor<3xf32>
  return
}

// -----

func.func @cumulate_c1(%x: tensor<3x4xf32>) {
  // expected-error @below {{expected an axis below the operand's rank 2, but found 2}}
  %0 = gatefold.cumulate sum %x axis 2 : tensor<3x4xf32>
  return
}

// -----

func.func @cumulate_c2(%x: tensor<3x4xf32>) {
  // expected-error @below {{expected `sum` or `product`, but found `maximum`}}
  %0 = gatefold.cumulate maximum %x axis 0 : tensor<3x4xf32>
  return
}

// -----

func.func @reverse_c1(%x: tensor<f32>) {
  // expected-error @below {{expected an axis below the operand's rank 0, but found 0}}
  %0 = gatefold.reverse %x axis 0 : tensor<f32>
  return
}

// -----

func.func @windows_c1(%x: tensor<4xf32>) {
  // expected-error @below {{expected an axis below the operand's rank 1, but found 1}}
  %0 = gatefold.windows %x axis 1 size 2 : tensor<4xf32> -> tensor<4x2xf32>
  return
}

// -----

func.func @windows_c2_stride(%x: tensor<4xf32>) {
  // expected-error @below {{expected size, stride and dilation from 1 to 2^20, but found 2, 0 and 1}}
  %0 = "gatefold.windows"(%x) <{axis = 0 : i64, size = 2 : i64, stride = 0 : i64}> : (tensor<4xf32>) -> tensor<3x2xf32>
  return
}

// -----

func.func @windows_c2_extent(%x: tensor<4xf32>) {
  // expected-error @below {{expected at least 5 elements in axis 0, but found 'tensor<4xf32>'}}
  %0 = gatefold.windows %x axis 0 size 6 : tensor<4xf32> -> tensor<0x6xf32>
  return
}

// -----

func.func @windows_c3(%x: tensor<4xf32>) {
  // expected-error @below {{expected result of type 'tensor<3x2xf32>', but found 'tensor<4x2xf32>'}}
  %0 = gatefold.windows %x axis 0 size 2 : tensor<4xf32> -> tensor<4x2xf32>
  return
}
