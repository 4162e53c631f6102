// RUN: gatefold-opt %s -verify-diagnostics -split-input-file

// One wrong program per constraint, named after the label of the constraint.

gatefold.model @attend_c1_order {
  gatefold.entry @sequence(
      %qs: tensor<3x2x4xf32> {gatefold.port = #gatefold.port<input "qs" ["3", "2", "4"]>},
      %keys: tensor<?x4xf32> {gatefold.port = #gatefold.port<input "keys" ["S", "4"]>},
      %values: tensor<?x5xf32> {gatefold.port = #gatefold.port<input "values" ["S", "5"]>}) {
    // expected-error @below {{expected ascending mapped axes of operand 0 below 2, but found [1, 0]}}
    %y = gatefold.attend count %n queries(%a = %qs [1, 0] : tensor<3x2x4xf32>) keys(%k = %keys [] : tensor<?x4xf32>)
        values(%values [] : tensor<?x5xf32>) -> tensor<2x3x5xf32> {
      %0 = gatefold.dot %a, %k lanes : tensor<4xf32>, tensor<?x4xf32> -> tensor<?xf32>
      gatefold.score %0 : tensor<?xf32>
    }
    gatefold.return
  }
}

// -----

gatefold.model @attend_c1_missing {
  gatefold.entry @sequence(
      %q: tensor<4xf32> {gatefold.port = #gatefold.port<input "q" ["4"]>},
      %keys: tensor<?x4xf32> {gatefold.port = #gatefold.port<input "keys" ["S", "4"]>},
      %values: tensor<?x5xf32> {gatefold.port = #gatefold.port<input "values" ["S", "5"]>}) {
    // expected-error @below {{expected an operand that has the mapped axis 0, but found none}}
    %y = gatefold.attend count %n queries(%a = %q [] : tensor<4xf32>) keys(%k = %keys [] : tensor<?x4xf32>)
        values(%values [] : tensor<?x5xf32>) -> tensor<2x5xf32> {
      %0 = gatefold.dot %a, %k lanes : tensor<4xf32>, tensor<?x4xf32> -> tensor<?xf32>
      gatefold.score %0 : tensor<?xf32>
    }
    gatefold.return
  }
}

// -----

gatefold.model @attend_c2_query {
  gatefold.entry @sequence(
      %qs: tensor<3x4xf32> {gatefold.port = #gatefold.port<input "qs" ["3", "4"]>},
      %keys: tensor<?x4xf32> {gatefold.port = #gatefold.port<input "keys" ["S", "4"]>},
      %values: tensor<?x5xf32> {gatefold.port = #gatefold.port<input "values" ["S", "5"]>}) {
    // expected-error @below {{expected operand 0 to have 0 to 1 axes behind its mapped ones, but found 'tensor<3x4xf32>'}}
    %y = gatefold.attend count %n queries(%a = %qs [] : tensor<3x4xf32>) keys(%k = %keys [] : tensor<?x4xf32>)
        values(%values [] : tensor<?x5xf32>) -> tensor<5xf32> {
      %0 = gatefold.reduce sum %k axes [0] lanes : tensor<?x4xf32> -> tensor<?xf32>
      gatefold.score %0 : tensor<?xf32>
    }
    gatefold.return
  }
}

// -----

gatefold.model @attend_c2_keys {
  gatefold.entry @sequence(
      %q: tensor<4xf32> {gatefold.port = #gatefold.port<input "q" ["4"]>},
      %few: tensor<7x4xf32> {gatefold.port = #gatefold.port<input "few" ["7", "4"]>},
      %many: tensor<8x5xf32> {gatefold.port = #gatefold.port<input "many" ["8", "5"]>}) {
    // expected-error @below {{expected operand 2 to have 7 keys, but found 8}}
    %y = gatefold.attend count %n queries(%a = %q [] : tensor<4xf32>) keys(%k = %few [] : tensor<7x4xf32>)
        values(%many [] : tensor<8x5xf32>) -> tensor<5xf32> {
      %0 = gatefold.dot %a, %k lanes : tensor<4xf32>, tensor<?x4xf32> -> tensor<?xf32>
      gatefold.score %0 : tensor<?xf32>
    }
    gatefold.return
  }
}

// -----

gatefold.model @attend_c2_width {
  gatefold.entry @sequence(
      %q: tensor<4xf32> {gatefold.port = #gatefold.port<input "q" ["4"]>},
      %keys: tensor<?x4xf32> {gatefold.port = #gatefold.port<input "keys" ["S", "4"]>},
      %values: tensor<?x5xf32> {gatefold.port = #gatefold.port<input "values" ["S", "5"]>}) {
    // expected-error @below {{expected values as wide as the result, 'tensor<6xf32>', but found 'tensor<?x5xf32>'}}
    %y = gatefold.attend count %n queries(%a = %q [] : tensor<4xf32>) keys(%k = %keys [] : tensor<?x4xf32>)
        values(%values [] : tensor<?x5xf32>) -> tensor<6xf32> {
      %0 = gatefold.dot %a, %k lanes : tensor<4xf32>, tensor<?x4xf32> -> tensor<?xf32>
      gatefold.score %0 : tensor<?xf32>
    }
    gatefold.return
  }
}

// -----

gatefold.model @attend_c3 {
  gatefold.entry @sequence(
      %qs: tensor<3x4xf32> {gatefold.port = #gatefold.port<input "qs" ["3", "4"]>},
      %keys: tensor<?x4xf32> {gatefold.port = #gatefold.port<input "keys" ["S", "4"]>},
      %values: tensor<?x5xf32> {gatefold.port = #gatefold.port<input "values" ["S", "5"]>}) {
    // expected-error @below {{expected axis 0 of operand 0 to have the size 2, but found 3}}
    %y = gatefold.attend count %n queries(%a = %qs [0] : tensor<3x4xf32>) keys(%k = %keys [] : tensor<?x4xf32>)
        values(%values [] : tensor<?x5xf32>) -> tensor<2x5xf32> {
      %0 = gatefold.dot %a, %k lanes : tensor<4xf32>, tensor<?x4xf32> -> tensor<?xf32>
      gatefold.score %0 : tensor<?xf32>
    }
    gatefold.return
  }
}

// -----

gatefold.model @attend_c5_operation {
  gatefold.entry @sequence(
      %q: tensor<4xf32> {gatefold.port = #gatefold.port<input "q" ["4"]>},
      %keys: tensor<?x4xf32> {gatefold.port = #gatefold.port<input "keys" ["S", "4"]>},
      %values: tensor<?x5xf32> {gatefold.port = #gatefold.port<input "values" ["S", "5"]>}) {
    %y = gatefold.attend count %n queries(%a = %q [] : tensor<4xf32>) keys(%k = %keys [] : tensor<?x4xf32>)
        values(%values [] : tensor<?x5xf32>) -> tensor<5xf32> {
      // expected-error @below {{expected an operation that finds the score of each key from what is at the same place, or a sum over the last axis, in `gatefold.attend`}}
      %0 = gatefold.reverse %k axis 1 : tensor<?x4xf32>
      %1 = gatefold.dot %a, %0 lanes : tensor<4xf32>, tensor<?x4xf32> -> tensor<?xf32>
      gatefold.score %1 : tensor<?xf32>
    }
    gatefold.return
  }
}

// -----

gatefold.model @attend_c5_order {
  gatefold.entry @sequence(
      %q: tensor<4xf32> {gatefold.port = #gatefold.port<input "q" ["4"]>},
      %keys: tensor<?x4xf32> {gatefold.port = #gatefold.port<input "keys" ["S", "4"]>},
      %values: tensor<?x5xf32> {gatefold.port = #gatefold.port<input "values" ["S", "5"]>}) {
    %y = gatefold.attend count %n queries(%a = %q [] : tensor<4xf32>) keys(%k = %keys [] : tensor<?x4xf32>)
        values(%values [] : tensor<?x5xf32>) -> tensor<5xf32> {
      // expected-error @below {{expected one number for each key, added in lanes, in `gatefold.attend`, but found 'tensor<?xf32>'}}
      %0 = gatefold.dot %a, %k chain : tensor<4xf32>, tensor<?x4xf32> -> tensor<?xf32>
      gatefold.score %0 : tensor<?xf32>
    }
    gatefold.return
  }
}

// -----

gatefold.model @attend_c5_nested {
  gatefold.entry @sequence(
      %q: tensor<4xf32> {gatefold.port = #gatefold.port<input "q" ["4"]>},
      %keys: tensor<?x4xf32> {gatefold.port = #gatefold.port<input "keys" ["S", "4"]>},
      %values: tensor<?x5xf32> {gatefold.port = #gatefold.port<input "values" ["S", "5"]>}) {
    %y = gatefold.attend count %n queries(%a = %q [] : tensor<4xf32>) keys(%k = %keys [] : tensor<?x4xf32>)
        values(%values [] : tensor<?x5xf32>) -> tensor<5xf32> {
      %0 = gatefold.dot %a, %k lanes : tensor<4xf32>, tensor<?x4xf32> -> tensor<?xf32>
      %1 = gatefold.broadcast %0 axes [0] : tensor<?xf32> -> tensor<?x4xf32>
      // expected-error @below {{expected no sum of what another sum is part of, in `gatefold.attend`}}
      %2 = gatefold.dot %a, %1 lanes : tensor<4xf32>, tensor<?x4xf32> -> tensor<?xf32>
      gatefold.score %2 : tensor<?xf32>
    }
    gatefold.return
  }
}

// -----

gatefold.model @attend_c5_trap {
  gatefold.entry @sequence(
      %number: tensor<i32> {gatefold.port = #gatefold.port<input "number" []>},
      %numbers: tensor<?xi32> {gatefold.port = #gatefold.port<input "numbers" ["S"]>},
      %values: tensor<?x5xf32> {gatefold.port = #gatefold.port<input "values" ["S", "5"]>}) {
    %y = gatefold.attend count %n queries(%n32 = %number [] : tensor<i32>) keys(%k = %numbers [] : tensor<?xi32>)
        values(%values [] : tensor<?x5xf32>) -> tensor<5xf32> {
      %0 = gatefold.broadcast %n32 axes [0] sizes(%n) : tensor<i32> -> tensor<?xi32>
      // expected-error @below {{expected an operation that finds the score of each key}}
      %1 = arith.divsi %k, %0 : tensor<?xi32>
      %2 = arith.sitofp %1 : tensor<?xi32> to tensor<?xf32>
      gatefold.score %2 : tensor<?xf32>
    }
    gatefold.return
  }
}
