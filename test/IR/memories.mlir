// RUN: gatefold-opt %s | gatefold-opt | FileCheck %s

// CHECK-LABEL: func.func @one_example
func.func @one_example(%k: tensor<?x8xf32>, %w: tensor<16x8xf32>, %p: tensor<i32>, %e: tensor<8xf32>) {
  // CHECK: %[[K:.*]] = gatefold.append %{{.*}} at %{{.*}}, %{{.*}} : tensor<?x8xf32>, tensor<i32>, tensor<8xf32> -> tensor<?x8xf32>
  %0 = gatefold.append %k at %p, %e : tensor<?x8xf32>, tensor<i32>, tensor<8xf32> -> tensor<?x8xf32>
  // CHECK: gatefold.prefix %[[K]] count %{{.*}} : tensor<?x8xf32>, tensor<i32> -> tensor<?x8xf32>
  %1 = gatefold.prefix %0 count %p : tensor<?x8xf32>, tensor<i32> -> tensor<?x8xf32>
  // CHECK: gatefold.suffix %{{.*}} count %{{.*}} : tensor<16x8xf32>, tensor<i32> -> tensor<?x8xf32>
  %2 = gatefold.suffix %w count %p : tensor<16x8xf32>, tensor<i32> -> tensor<?x8xf32>
  return
}

// CHECK-LABEL: func.func @batch
func.func @batch(%k: tensor<?x?xi1>, %p: tensor<?xi64>, %e: tensor<?xi1>) {
  // CHECK: gatefold.append %{{.*}} at %{{.*}}, %{{.*}} : tensor<?x?xi1>, tensor<?xi64>, tensor<?xi1> -> tensor<?x?xi1>
  %0 = gatefold.append %k at %p, %e : tensor<?x?xi1>, tensor<?xi64>, tensor<?xi1> -> tensor<?x?xi1>
  // CHECK: gatefold.prefix %{{.*}} count %{{.*}} : tensor<?x?xi1>, tensor<?xi64> -> tensor<?x?xi1>
  %1 = gatefold.prefix %0 count %p : tensor<?x?xi1>, tensor<?xi64> -> tensor<?x?xi1>
  return
}
