// RUN: gatefold-opt %s --split-input-file --verify-diagnostics

gatefold.model @M {
  gatefold.entry @generate(
      %f: tensor<?xf64> {gatefold.port = #gatefold.port<input "f" ["batch"]>},
      %s: tensor<?xi64> {gatefold.port = #gatefold.port<input "s" ["batch"]>},
      %i: tensor<?xi32> {gatefold.port = #gatefold.port<memory "i" ["batch"]>})
      -> (tensor<?x?xi32> {gatefold.port = #gatefold.port<output "tokens" ["batch", "N"]>}) {
    %n = gatefold.size "N"
    // expected-error @below {{expected the name of an entry, but found `@decode`}}
    %0:7 = gatefold.generate @decode most %n settings(%f, %i, %f, %s, %i, %i)
        progress(%i, %i, %i, %i, %i) memories()
        : (index, tensor<?xf64>, tensor<?xi32>, tensor<?xf64>, tensor<?xi64>, tensor<?xi32>, tensor<?xi32>,
           tensor<?xi32>, tensor<?xi32>, tensor<?xi32>, tensor<?xi32>, tensor<?xi32>)
        -> (tensor<?x?xi32>, tensor<?xi32>, tensor<?xi32>, tensor<?xi32>, tensor<?xi32>, tensor<?xi32>, tensor<?xi32>)
    gatefold.return %0#0 : tensor<?x?xi32>
  }
}

// -----

gatefold.model @M {
  gatefold.entry @decode(%x: tensor<?xf32> {gatefold.port = #gatefold.port<input "x" ["batch"]>})
      -> (tensor<?xf32> {gatefold.port = #gatefold.port<output "scores" ["batch"]>}) {
    gatefold.return %x : tensor<?xf32>
  }
  gatefold.entry @generate(
      %f: tensor<?xf64> {gatefold.port = #gatefold.port<input "f" ["batch"]>},
      %s: tensor<?xi64> {gatefold.port = #gatefold.port<input "s" ["batch"]>},
      %i: tensor<?xi32> {gatefold.port = #gatefold.port<memory "i" ["batch"]>})
      -> (tensor<?x?xi32> {gatefold.port = #gatefold.port<output "tokens" ["batch", "N"]>}) {
    %n = gatefold.size "N"
    // expected-error @below {{expected `@decode` to take one i32 for each row first}}
    %0:7 = gatefold.generate @decode most %n settings(%f, %i, %f, %s, %i, %i)
        progress(%i, %i, %i, %i, %i) memories()
        : (index, tensor<?xf64>, tensor<?xi32>, tensor<?xf64>, tensor<?xi64>, tensor<?xi32>, tensor<?xi32>,
           tensor<?xi32>, tensor<?xi32>, tensor<?xi32>, tensor<?xi32>, tensor<?xi32>)
        -> (tensor<?x?xi32>, tensor<?xi32>, tensor<?xi32>, tensor<?xi32>, tensor<?xi32>, tensor<?xi32>, tensor<?xi32>)
    gatefold.return %0#0 : tensor<?x?xi32>
  }
}

// -----

gatefold.model @M {
  gatefold.entry @decode(%x: tensor<?xi32> {gatefold.port = #gatefold.port<input "x" ["batch"]>})
      -> (tensor<?xi32> {gatefold.port = #gatefold.port<output "scores" ["batch"]>}) {
    gatefold.return %x : tensor<?xi32>
  }
  gatefold.entry @generate(
      %f: tensor<?xf64> {gatefold.port = #gatefold.port<input "f" ["batch"]>},
      %s: tensor<?xi64> {gatefold.port = #gatefold.port<input "s" ["batch"]>},
      %i: tensor<?xi32> {gatefold.port = #gatefold.port<memory "i" ["batch"]>})
      -> (tensor<?x?xi32> {gatefold.port = #gatefold.port<output "tokens" ["batch", "N"]>}) {
    %n = gatefold.size "N"
    // expected-error @below {{expected `@decode` to give f32 scores of all tokens for each row first}}
    %0:7 = gatefold.generate @decode most %n settings(%f, %i, %f, %s, %i, %i)
        progress(%i, %i, %i, %i, %i) memories()
        : (index, tensor<?xf64>, tensor<?xi32>, tensor<?xf64>, tensor<?xi64>, tensor<?xi32>, tensor<?xi32>,
           tensor<?xi32>, tensor<?xi32>, tensor<?xi32>, tensor<?xi32>, tensor<?xi32>)
        -> (tensor<?x?xi32>, tensor<?xi32>, tensor<?xi32>, tensor<?xi32>, tensor<?xi32>, tensor<?xi32>, tensor<?xi32>)
    gatefold.return %0#0 : tensor<?x?xi32>
  }
}

// -----

gatefold.model @M {
  gatefold.entry @decode(%x: tensor<?xi32> {gatefold.port = #gatefold.port<input "x" ["batch"]>},
                         %h: tensor<?x3xf32> {gatefold.port = #gatefold.port<memory "h" ["batch", "3"]>})
      -> (tensor<?x3xf32> {gatefold.port = #gatefold.port<output "scores" ["batch", "3"]>},
          tensor<?x3xf32> {gatefold.port = #gatefold.port<memory "h" ["batch", "3"]>}) {
    gatefold.return %h, %h : tensor<?x3xf32>, tensor<?x3xf32>
  }
  gatefold.entry @generate(
      %f: tensor<?xf64> {gatefold.port = #gatefold.port<input "f" ["batch"]>},
      %s: tensor<?xi64> {gatefold.port = #gatefold.port<input "s" ["batch"]>},
      %i: tensor<?xi32> {gatefold.port = #gatefold.port<memory "i" ["batch"]>})
      -> (tensor<?x?xi32> {gatefold.port = #gatefold.port<output "tokens" ["batch", "N"]>}) {
    %n = gatefold.size "N"
    // expected-error @below {{expected 1 memories for `@decode`, but found 0}}
    %0:7 = gatefold.generate @decode most %n settings(%f, %i, %f, %s, %i, %i)
        progress(%i, %i, %i, %i, %i) memories()
        : (index, tensor<?xf64>, tensor<?xi32>, tensor<?xf64>, tensor<?xi64>, tensor<?xi32>, tensor<?xi32>,
           tensor<?xi32>, tensor<?xi32>, tensor<?xi32>, tensor<?xi32>, tensor<?xi32>)
        -> (tensor<?x?xi32>, tensor<?xi32>, tensor<?xi32>, tensor<?xi32>, tensor<?xi32>, tensor<?xi32>, tensor<?xi32>)
    gatefold.return %0#0 : tensor<?x?xi32>
  }
}

// -----

gatefold.model @M {
  gatefold.entry @generate(
      %f: tensor<?xf64> {gatefold.port = #gatefold.port<input "f" ["batch"]>},
      %s: tensor<?xi64> {gatefold.port = #gatefold.port<input "s" ["batch"]>},
      %i: tensor<?xi32> {gatefold.port = #gatefold.port<memory "i" ["batch"]>})
      -> (tensor<?x?xi32> {gatefold.port = #gatefold.port<output "tokens" ["batch", "N"]>}) {
    %n = gatefold.size "N"
    // expected-error @below {{expected 5 results behind `count`, but found 4}}
    %0:6 = gatefold.generate @decode most %n settings(%f, %i, %f, %s, %i, %i)
        progress(%i, %i, %i, %i, %i) memories()
        : (index, tensor<?xf64>, tensor<?xi32>, tensor<?xf64>, tensor<?xi64>, tensor<?xi32>, tensor<?xi32>,
           tensor<?xi32>, tensor<?xi32>, tensor<?xi32>, tensor<?xi32>, tensor<?xi32>)
        -> (tensor<?x?xi32>, tensor<?xi32>, tensor<?xi32>, tensor<?xi32>, tensor<?xi32>, tensor<?xi32>)
    gatefold.return %0#0 : tensor<?x?xi32>
  }
}
