// RUN: gatefold-opt %s --pass-pipeline='builtin.module(convert-gatefold-to-loops,func.func(cse,convert-scf-to-cf),convert-loops-to-llvm)' | FileCheck %s

// An entry becomes a function of fixed arguments: the addresses, the sizes, the workspace, the status
// and the member of a team. It begins with taking from them what it uses, here not the weight `c`.

// CHECK-LABEL: llvm.func @Add_step(
// CHECK-SAME:      %[[ADDRESSES:[^:]*]]: !llvm.ptr{{.*}}, %[[SIZES:[^:]*]]: !llvm.ptr{{.*}}, %[[WORKSPACE:[^:]*]]: !llvm.ptr{{.*}}, %[[STATUS:[^:]*]]: !llvm.ptr{{.*}}, %[[MEMBER:[^:]*]]: !llvm.ptr{{.*}})
// Who calls without a team is member 0 of 1.
// CHECK:         %[[ALONE:.*]] = llvm.alloca
// CHECK:         %[[NONE:.*]] = llvm.icmp "eq" %[[MEMBER]], %{{.*}} : !llvm.ptr
// CHECK:         %[[KNOWN:.*]] = llvm.select %[[NONE]], %[[ALONE]], %[[MEMBER]]
// CHECK:         %[[NUMBER:.*]] = llvm.load %[[KNOWN]]
// CHECK:         %[[FIRST:.*]] = llvm.icmp "eq" %[[NUMBER]], %{{.*}} : i64
// CHECK:         llvm.cond_br %[[FIRST]], ^[[WORK:.*]], ^[[END:.*]]
// CHECK:       ^[[WORK]]:
// Success is what a run that finds nothing wrong leaves.
// CHECK:         %[[ZERO:.*]] = llvm.mlir.constant(0 : i64) : i64
// CHECK:         %[[SITE:.*]] = llvm.getelementptr %[[STATUS]][0]
// CHECK:         llvm.store %[[ZERO]], %[[SITE]]
// CHECK:         %[[VALUE:.*]] = llvm.getelementptr %[[STATUS]][1]
// CHECK:         llvm.store %[[ZERO]], %[[VALUE]]
// The argument, the result and the first weight, in this order.
// CHECK:         %[[P0:.*]] = llvm.getelementptr %[[ADDRESSES]][0]
// CHECK:         %[[X:.*]] = llvm.load %[[P0]]
// CHECK:         %[[P1:.*]] = llvm.getelementptr %[[ADDRESSES]][1]
// CHECK:         %[[Y:.*]] = llvm.load %[[P1]]
// CHECK:         %[[P2:.*]] = llvm.getelementptr %[[ADDRESSES]][2]
// CHECK:         %[[B:.*]] = llvm.load %[[P2]]
// CHECK-NOT:     %[[ADDRESSES]]
// CHECK:         %[[PS:.*]] = llvm.getelementptr %[[SIZES]][0]
// CHECK:         %[[BATCH:.*]] = llvm.load %[[PS]]
// CHECK:         llvm.icmp "slt" %{{.*}}, %[[BATCH]]
// CHECK:         llvm.return
// Nothing here is for several members.
// CHECK:       ^[[END]]:
// CHECK-NEXT:    llvm.return

// CHECK-LABEL: llvm.func @Add_step_workspace(
// CHECK-SAME:      %[[SIZES:[^:]*]]: !llvm.ptr{{.*}}) -> i64
// CHECK-NOT:     llvm.load
// CHECK:         %[[BYTES:.*]] = llvm.mlir.constant(0 : index) : i64
// CHECK:         llvm.return %[[BYTES]]
gatefold.model @Add {
  gatefold.weight @b : tensor<20xf32>
  gatefold.weight @c : tensor<f32>
  gatefold.entry @step(
      %x: tensor<?x20xf32> {gatefold.port = #gatefold.port<input "x" ["batch", "20"]>})
      -> (tensor<?x20xf32> {gatefold.port = #gatefold.port<output "y" ["batch", "20"]>}) {
    %b = gatefold.read @b : tensor<20xf32>
    %size = gatefold.size "batch"
    %0 = gatefold.broadcast %b axes [1] sizes(%size) : tensor<20xf32> -> tensor<?x20xf32>
    %1 = arith.addf %x, %0 : tensor<?x20xf32>
    gatefold.return %1 : tensor<?x20xf32>
  }
}
