// RUN: gatefold-opt %s --pass-pipeline='builtin.module(gatefold.model(gatefold-keep-entries{names=step,init}))' | FileCheck %s --check-prefix=TWO
// RUN: gatefold-opt %s --pass-pipeline='builtin.module(gatefold.model(gatefold-keep-entries{names=sequence}))' | FileCheck %s --check-prefixes=ONE,BEGIN
// RUN: gatefold-opt %s --pass-pipeline='builtin.module(gatefold.model(gatefold-keep-entries{names=generate}))' | FileCheck %s --check-prefix=ONE
// RUN: gatefold-opt %s --pass-pipeline='builtin.module(gatefold.model(gatefold-keep-entries))' | FileCheck %s --check-prefix=ALL

// Entries that are not listed go, weights stay.
// TWO-LABEL: gatefold.model @M {
// TWO-NEXT:    gatefold.weight @W
// TWO-NOT:     gatefold.entry @sequence
// TWO:         gatefold.entry @step
// TWO:         gatefold.entry @init
// TWO-NOT:     gatefold.entry @decode

// ONE-LABEL: gatefold.model @M {
// ONE-NEXT:    gatefold.weight @W
// ONE:         gatefold.entry @sequence
// ONE-NOT:     gatefold.entry @step
// What the first step begins with is kept, too.
// BEGIN:       gatefold.entry @init
// What makes the others' weights is always kept, what goes on from the sequence with it.
// ONE:         gatefold.entry @prepare
// ONE:         gatefold.entry @decode
// ONE:         gatefold.entry @prefill
// ONE:         gatefold.entry @generate

// An empty list keeps all.
// ALL:         gatefold.entry @sequence
// ALL:         gatefold.entry @step
// ALL:         gatefold.entry @init
gatefold.model @M {
  gatefold.weight @W : tensor<3xf32>
  gatefold.entry @sequence() {
    gatefold.return
  }
  gatefold.entry @step() {
    gatefold.return
  }
  gatefold.entry @init() {
    gatefold.return
  }
  gatefold.entry @prepare() {
    gatefold.return
  }
  gatefold.entry @decode() {
    gatefold.return
  }
  gatefold.entry @prefill() {
    gatefold.return
  }
  gatefold.entry @generate() {
    gatefold.return
  }
}
