// RUN: gatefold-opt %s --split-input-file --verify-diagnostics

func.func @append_c1(%k: tensor<8xf32>, %p: tensor<3xi32>, %e: tensor<8xf32>) {
  // expected-error @+1 {{expected a tensor with the axes of 'tensor<3xi32>' in front of its rows, but found 'tensor<8xf32>'}}
  %0 = gatefold.append %k at %p, %e : tensor<8xf32>, tensor<3xi32>, tensor<8xf32> -> tensor<8xf32>
  return
}

// -----

func.func @append_c1_rank(%k: tensor<f32>, %p: tensor<i32>, %e: tensor<f32>) {
  // expected-error @+1 {{expected a tensor with the axes of 'tensor<i32>' in front of its rows, but found 'tensor<f32>'}}
  %0 = gatefold.append %k at %p, %e : tensor<f32>, tensor<i32>, tensor<f32> -> tensor<f32>
  return
}

// -----

func.func @append_c2(%k: tensor<?x8xf32>, %p: tensor<i32>, %e: tensor<7xf32>) {
  // expected-error @+1 {{expected row of type 'tensor<8xf32>', but found 'tensor<7xf32>'}}
  %0 = gatefold.append %k at %p, %e : tensor<?x8xf32>, tensor<i32>, tensor<7xf32> -> tensor<?x8xf32>
  return
}

// -----

func.func @append_c3(%k: tensor<?x8xf32>, %p: tensor<i32>, %e: tensor<8xf32>) {
  // expected-error @+1 {{expected result of type 'tensor<?x8xf32>', but found 'tensor<4x8xf32>'}}
  %0 = gatefold.append %k at %p, %e : tensor<?x8xf32>, tensor<i32>, tensor<8xf32> -> tensor<4x8xf32>
  return
}

// -----

func.func @append_position(%k: tensor<?x8xf32>, %p: tensor<f32>, %e: tensor<8xf32>) {
  // expected-error @+1 {{operand #1 must be}}
  %0 = gatefold.append %k at %p, %e : tensor<?x8xf32>, tensor<f32>, tensor<8xf32> -> tensor<?x8xf32>
  return
}

// -----

func.func @rows_c1(%k: tensor<f32>, %n: tensor<i32>) {
  // expected-error @+1 {{expected a tensor with the axes of 'tensor<i32>' in front of its rows, but found 'tensor<f32>'}}
  %0 = "gatefold.prefix"(%k, %n) : (tensor<f32>, tensor<i32>) -> tensor<f32>
  return
}

// -----

func.func @rows_c2(%k: tensor<16x8xf32>, %n: tensor<i32>) {
  // expected-error @+1 {{expected result of type 'tensor<?x8xf32>', but found 'tensor<16x8xf32>'}}
  %0 = gatefold.suffix %k count %n : tensor<16x8xf32>, tensor<i32> -> tensor<16x8xf32>
  return
}
