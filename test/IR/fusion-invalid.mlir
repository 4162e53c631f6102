// RUN: gatefold-opt %s --split-input-file --verify-diagnostics

// Wrapped in models, so that weights can be read.

gatefold.model @Matrices {
  gatefold.entry @sequence(%x: tensor<3xf32> {gatefold.port = #gatefold.port<input "x" ["3"]>},
                           %W: tensor<4x3xf32> {gatefold.port = #gatefold.port<input "W" ["4", "3"]>}) {
    // expected-error@+1 {{expected as many matrices as results, but found 1 and 2}}
    %a, %b = gatefold.dots %x by [%W] : tensor<3xf32> by [tensor<4x3xf32>] -> tensor<4xf32>, tensor<4xf32>
    gatefold.return
  }
}

// -----

gatefold.model @Shapes {
  gatefold.entry @sequence(%x: tensor<3xf32> {gatefold.port = #gatefold.port<input "x" ["3"]>},
                           %W: tensor<5x3xf32> {gatefold.port = #gatefold.port<input "W" ["5", "3"]>}) {
    // expected-error@+1 {{matrix}}
    %a = gatefold.dots %x by [%W] : tensor<3xf32> by [tensor<5x3xf32>] -> tensor<4xf32>
    gatefold.return
  }
}

// -----

gatefold.model @Panels {
  gatefold.entry @sequence(%x: tensor<3xf32> {gatefold.port = #gatefold.port<input "x" ["3"]>},
                           %W: tensor<1x3x1x16xf32> {gatefold.port = #gatefold.port<input "W" ["1", "3", "1", "16"]>}) {
    // expected-error@+1 {{panels}}
    %a = gatefold.dots %x panels %W : tensor<3xf32> panels tensor<1x3x1x16xf32> -> tensor<17xf32>
    gatefold.return
  }
}

// -----

gatefold.model @ShortPanels {
  gatefold.weight @W : tensor<1x3x1x16xbf16> prepared
  gatefold.entry @sequence(%x: tensor<3xf32> {gatefold.port = #gatefold.port<input "x" ["3"]>}) {
    %W = gatefold.read @W : tensor<1x3x1x16xbf16>
    // expected-error@+1 {{expected panels of type 'tensor<2x3x1x16xbf16>', but found 'tensor<1x3x1x16xbf16>'}}
    %a = gatefold.dots %x panels %W : tensor<3xf32> panels tensor<1x3x1x16xbf16> -> tensor<17xf32>
    gatefold.return
  }
}

// -----

// Bytes come in fours, and their sums are of 32 bits.
gatefold.model @Bytes {
  gatefold.entry @sequence(%x: tensor<6xf32> {gatefold.port = #gatefold.port<input "x" ["6"]>}) {
    %W = arith.constant dense<0> : tensor<1x1x1x64xi8>
    %0 = arith.fptosi %x : tensor<6xf32> to tensor<6xi8>
    // expected-error@+1 {{expected a multiple of 4 bytes, but found 6}}
    %a = gatefold.dots %0 panels %W : tensor<6xi8> panels tensor<1x1x1x64xi8> -> tensor<16xi32>
    gatefold.return
  }
}

// -----

gatefold.model @ByteSums {
  gatefold.entry @sequence(%x: tensor<8xf32> {gatefold.port = #gatefold.port<input "x" ["8"]>}) {
    %W = arith.constant dense<0> : tensor<1x2x1x64xi8>
    %0 = arith.fptosi %x : tensor<8xf32> to tensor<8xi8>
    // expected-error@+1 {{expected result of type 'tensor<16xi32>', but found 'tensor<16xf32>'}}
    %a = gatefold.dots %0 panels %W : tensor<8xi8> panels tensor<1x2x1x64xi8> -> tensor<16xf32>
    gatefold.return
  }
}

// -----

gatefold.model @LongPanels {
  gatefold.entry @sequence(%x: tensor<3xf32> {gatefold.port = #gatefold.port<input "x" ["3"]>},
                           %W: tensor<1x3x1x16xf64> {gatefold.port = #gatefold.port<input "W" ["1", "3", "1", "16"]>}) {
    // expected-error@+1 {{expected panels of type 'tensor<1x3x1x16xf32>', but found 'tensor<1x3x1x16xf64>'}}
    %a = gatefold.dots %x panels %W : tensor<3xf32> panels tensor<1x3x1x16xf64> -> tensor<16xf32>
    gatefold.return
  }
}

// -----

// A checkpoint's weights are read as f32; only what is prepared may be shorter.
// expected-error@+2 {{expected f32 for a weight of a checkpoint, but found 'tensor<2xbf16>'}}
gatefold.model @ShortWeight {
  gatefold.weight @W : tensor<2xbf16>
}

// -----

gatefold.model @ShortPort {
  // expected-error@+1 {{expected argument 0 to have elements of f32, f64, i1, i32 or i64, but found 'f16'}}
  gatefold.entry @sequence(%x: tensor<3xf16> {gatefold.port = #gatefold.port<input "x" ["3"]>}) {
    gatefold.return
  }
}

// -----

gatefold.model @Both {
  gatefold.entry @sequence(%x: tensor<3xf32> {gatefold.port = #gatefold.port<input "x" ["3"]>},
                           %V: tensor<16x3xf32> {gatefold.port = #gatefold.port<input "V" ["16", "3"]>},
                           %W: tensor<1x3x1x16xf32> {gatefold.port = #gatefold.port<input "W" ["1", "3", "1", "16"]>}) {
    // expected-error@+1 {{expected matrices or panels, but found both}}
    %a = gatefold.dots %x by [%V] panels %W : tensor<3xf32> by [tensor<16x3xf32>] panels tensor<1x3x1x16xf32> -> tensor<16xf32>
    gatefold.return
  }
}

// -----

gatefold.model @Kept {
  gatefold.entry @sequence(%x: tensor<3xf32> {gatefold.port = #gatefold.port<input "x" ["3"]>}) {
    // expected-error@+1 {{expected results of the types that are kept}}
    %a = gatefold.fuse {
      gatefold.keep %x : tensor<3xf32>
    } : tensor<4xf32>
    gatefold.return
  }
}

// -----

gatefold.model @Inside {
  gatefold.entry @sequence(%x: tensor<3xf32> {gatefold.port = #gatefold.port<input "x" ["3"]>}) {
    %a = gatefold.fuse {
      // expected-error@+1 {{expected products with panels and elementwise operations alone}}
      %0 = gatefold.reduce sum %x axes [0] lanes : tensor<3xf32> -> tensor<f32>
      gatefold.keep %x : tensor<3xf32>
    } : tensor<3xf32>
    gatefold.return
  }
}

// -----

gatefold.model @Operand {
  gatefold.entry @sequence(%x: tensor<16xf32> {gatefold.port = #gatefold.port<input "x" ["16"]>},
                           %W: tensor<1x16x1x16xf32> {gatefold.port = #gatefold.port<input "W" ["1", "16", "1", "16"]>}) {
    %a = gatefold.fuse {
      %0 = math.tanh %x : tensor<16xf32>
      // expected-error@+1 {{expected the operand of a product from outside}}
      %1 = gatefold.dots %0 panels %W : tensor<16xf32> panels tensor<1x16x1x16xf32> -> tensor<16xf32>
      gatefold.keep %1 : tensor<16xf32>
    } : tensor<16xf32>
    gatefold.return
  }
}
