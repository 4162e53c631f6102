// RUN: gatefold-opt %s -verify-diagnostics -split-input-file

gatefold.model @blocks_c2 {
  gatefold.entry @init(%xs: tensor<4x3xf32> {gatefold.port = #gatefold.port<input "x" ["4", "3"]>}) {
    // expected-error @below {{expected body argument of type 'tensor<?x3xf32>', but found 'tensor<2x3xf32>'}}
    "gatefold.blocks"(%xs) <{axis = 0 : i64, length = 2 : i64, names = [], operandSegmentSizes = array<i32: 1, 0>}> ({
    ^bb0(%x: tensor<2x3xf32>):
      gatefold.yield
    }) : (tensor<4x3xf32>) -> ()
    gatefold.return
  }
}

// -----

gatefold.model @blocks_c4_dynamic {
  gatefold.entry @init(%xs: tensor<4x3xf32> {gatefold.port = #gatefold.port<input "x" ["4", "3"]>}) {
    %ys = gatefold.blocks axis 0 of 2 (%x = %xs : tensor<4x3xf32>) -> (tensor<4x3xf32>) {
      %y = arith.constant dense<0.0> : tensor<2x3xf32>
      // expected-error @below {{expected outputs with a dynamic number of steps at axis 0, but found 'tensor<2x3xf32>'}}
      gatefold.yield outputs(%y : tensor<2x3xf32>)
    }
    gatefold.return
  }
}

// -----

gatefold.model @blocks_c4_steps {
  gatefold.entry @init(%xs: tensor<4x3xf32> {gatefold.port = #gatefold.port<input "x" ["4", "3"]>}) {
    // expected-error @below {{expected output of type 'tensor<4x3xf32>', but found 'tensor<?x3xf32>'}}
    %ys = gatefold.blocks axis 0 of 2 (%x = %xs : tensor<4x3xf32>) -> (tensor<?x3xf32>) {
      gatefold.yield outputs(%x : tensor<?x3xf32>)
    }
    gatefold.return
  }
}

// -----

gatefold.model @blocks_c6 {
  gatefold.entry @init(%xs: tensor<4x3xf32> {gatefold.port = #gatefold.port<input "x" ["4", "3"]>}) {
    // expected-error @below {{attribute 'length' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
    gatefold.blocks axis 0 of 0 (%x = %xs : tensor<4x3xf32>) {
      gatefold.yield
    }
    gatefold.return
  }
}
