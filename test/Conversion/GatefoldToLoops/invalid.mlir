// RUN: gatefold-opt %s --convert-gatefold-to-loops -verify-diagnostics -split-input-file

// What the lowering cannot place in memory, or does not know, it names.

gatefold.model @Half {
  // expected-error @below {{expected argument 0 to have elements of f32, f64, i1, i32 or i64, but found 'f16'}}
  gatefold.entry @sequence(%x: tensor<3xf16> {gatefold.port = #gatefold.port<input "x" ["3"]>})
      -> (tensor<3xf16> {gatefold.port = #gatefold.port<output "y" ["3"]>}) {
    gatefold.return %x : tensor<3xf16>
  }
}

// -----

gatefold.model @UnknownSize {
  gatefold.entry @sequence(%x: tensor<f32> {gatefold.port = #gatefold.port<input "x" []>})
      -> (tensor<3xf32> {gatefold.port = #gatefold.port<output "y" ["3"]>}) {
    // expected-error @below {{expected the name of a dynamic size of the entry}}
    %n = gatefold.size "N"
    %0 = gatefold.broadcast %x axes [0] : tensor<f32> -> tensor<3xf32>
    gatefold.return %0 : tensor<3xf32>
  }
}

// -----

gatefold.model @ComputedSize {
  gatefold.entry @sequence(%x: tensor<?xf32> {gatefold.port = #gatefold.port<input "x" ["N"]>})
      -> (tensor<?xf32> {gatefold.port = #gatefold.port<output "y" ["N"]>}) {
    %n = gatefold.size "N"
    %m = arith.maxsi %n, %n : index
    %zero = arith.constant dense<0.0> : tensor<f32>
    // expected-error @below {{has a size that the dynamic sizes of the entry do not determine}}
    %0 = gatefold.broadcast %zero axes [0] sizes(%m) : tensor<f32> -> tensor<?xf32>
    gatefold.return %0 : tensor<?xf32>
  }
}

// -----

gatefold.model @ComputedAxis {
  gatefold.entry @sequence(%x: tensor<?x4xf32> {gatefold.port = #gatefold.port<input "x" ["N", "4"]>},
      %z: tensor<?x4xf32> {gatefold.port = #gatefold.port<input "z" ["M", "4"]>})
      -> (tensor<1x4xf32> {gatefold.port = #gatefold.port<output "y" ["1", "4"]>}) {
    %0 = gatefold.concat %x, %z axis 1 : tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x4xf32>
    // expected-error @below {{needs at least 3 elements of an axis whose size is computed from several}}
    %1 = gatefold.slice %0 axis 1 offset 2 size 1 : tensor<?x4xf32> -> tensor<1x4xf32>
    gatefold.return %1 : tensor<1x4xf32>
  }
}

// -----

gatefold.model @QuotientOfNoSize {
  gatefold.entry @sequence(%x: tensor<?xf32> {gatefold.port = #gatefold.port<input "x" ["N"]>})
      -> (tensor<f32> {gatefold.port = #gatefold.port<output "y" []>}) {
    %n = gatefold.dim %x, 0 : tensor<?xf32>
    // expected-error @below {{expected a size of the entry divided by a number above 0}}
    %m = arith.floordivsi %n, %n : index
    %one = arith.constant dense<1.0> : tensor<f32>
    gatefold.return %one : tensor<f32>
  }
}

// -----

gatefold.model @Foreign {
  gatefold.entry @sequence(%x: tensor<3xf32> {gatefold.port = #gatefold.port<input "x" ["3"]>})
      -> (tensor<3xf32> {gatefold.port = #gatefold.port<output "y" ["3"]>}) {
    // expected-error @below {{cannot be lowered to loops}}
    %0 = tensor.empty() : tensor<3xf32>
    gatefold.return %0 : tensor<3xf32>
  }
}

// -----

gatefold.model @OtherNames {
  gatefold.entry @sequence(%x: tensor<?xf32> {gatefold.port = #gatefold.port<input "x" ["N"]>},
                           %y: tensor<?xf32> {gatefold.port = #gatefold.port<input "y" ["M"]>})
      -> (tensor<?xf32> {gatefold.port = #gatefold.port<output "z" ["N"]>}) {
    // expected-error @below {{takes sizes for equal that the entry's ports call by different names}}
    %0 = arith.addf %x, %y : tensor<?xf32>
    gatefold.return %0 : tensor<?xf32>
  }
}

// -----

gatefold.model @WindowTooSmall {
  gatefold.entry @step(
      %k: tensor<2x16xf32> {gatefold.port = #gatefold.port<memory "k" ["2", "16"]>},
      %p: tensor<i32> {gatefold.port = #gatefold.port<memory "position" []>})
      -> (tensor<1x16xf32> {gatefold.port = #gatefold.port<output "y" ["1", "16"]>}) {
    %m = gatefold.suffix %k count %p : tensor<2x16xf32>, tensor<i32> -> tensor<?x16xf32>
    // expected-error @below {{needs at least 3 elements of an axis that has at most 2}}
    %y = gatefold.slice %m axis 1 offset 2 size 1 : tensor<?x16xf32> -> tensor<1x16xf32>
    gatefold.return %y : tensor<1x16xf32>
  }
}

// -----

// Rows of another number are other rows.
gatefold.model @OtherCount {
  gatefold.entry @step(
      %k: tensor<?xf32> {gatefold.port = #gatefold.port<memory "k" ["capacity"]>},
      %p: tensor<i32> {gatefold.port = #gatefold.port<memory "p" []>},
      %q: tensor<i32> {gatefold.port = #gatefold.port<memory "q" []>})
      -> (tensor<f32> {gatefold.port = #gatefold.port<output "y" []>}) {
    %a = gatefold.prefix %k count %p : tensor<?xf32>, tensor<i32> -> tensor<?xf32>
    %b = gatefold.prefix %k count %q : tensor<?xf32>, tensor<i32> -> tensor<?xf32>
    // expected-error @below {{takes sizes for equal}}
    %c = arith.addf %a, %b : tensor<?xf32>
    %y = gatefold.reduce sum %c axes [0] chain : tensor<?xf32> -> tensor<f32>
    gatefold.return %y : tensor<f32>
  }
}

// -----

// The number of rows changes from step to step.
gatefold.model @LeavesTheScan {
  gatefold.entry @sequence(
      %xs: tensor<?xf32> {gatefold.port = #gatefold.port<input "xs" ["T"]>},
      %k: tensor<?xf32> {gatefold.port = #gatefold.port<memory "k" ["capacity"]>},
      %p: tensor<i32> {gatefold.port = #gatefold.port<memory "p" []>})
      -> (tensor<f32> {gatefold.port = #gatefold.port<output "y" []>}) {
    // expected-error @below {{has a size that the dynamic sizes of the entry do not determine}}
    %rows, %h, %n = gatefold.scan axis 0 (%x = %xs : tensor<?xf32>)
        memories(%m = %k as "k" : tensor<?xf32>, %q = %p as "p" : tensor<i32>) -> (tensor<?x?xf32>) {
      %m1 = gatefold.append %m at %q, %x : tensor<?xf32>, tensor<i32>, tensor<f32> -> tensor<?xf32>
      %a = gatefold.prefix %m1 count %q : tensor<?xf32>, tensor<i32> -> tensor<?xf32>
      gatefold.yield outputs(%a : tensor<?xf32>) next(%m1, %q : tensor<?xf32>, tensor<i32>)
    }
    %y = gatefold.reduce sum %rows axes [0, 1] chain : tensor<?x?xf32> -> tensor<f32>
    gatefold.return %y : tensor<f32>
  }
}
