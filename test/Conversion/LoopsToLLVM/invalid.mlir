// RUN: gatefold-opt %s --convert-loops-to-llvm --split-input-file --verify-diagnostics

gatefold.model @M {
  // expected-error@+1 {{expected the functions `M.init` and `M.init.workspace`}}
  gatefold.entry @init() -> (tensor<f32> {gatefold.port = #gatefold.port<output "y" []>})
}

// -----

gatefold.model @M {
  // expected-error@+1 {{expected functions that take what the entry's ports say, but found '(memref<f32>) -> ()' and '() -> index'}}
  gatefold.entry @init() -> (tensor<f32> {gatefold.port = #gatefold.port<output "y" []>})
}
func.func @M.init(%y: memref<f32>) {
  return
}
func.func @M.init.workspace() -> index {
  %none = arith.constant 0 : index
  return %none : index
}

// -----

// expected-error@+1 {{failed to legalize operation 'func.func'}}
func.func @stranger() {
  return
}
