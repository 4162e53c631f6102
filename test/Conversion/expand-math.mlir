// RUN: gatefold-opt %s --pass-pipeline='builtin.module(func.func(gatefold-expand-math,cse))' | FileCheck %s
// RUN: gatefold-opt %s --pass-pipeline='builtin.module(func.func(gatefold-expand-math{fused=false},cse))' | FileCheck %s --check-prefix=SPLIT --implicit-check-not=math.fma
// RUN: gatefold-opt %s --pass-pipeline='builtin.module(func.func(gatefold-expand-math{scales=true},cse))' | FileCheck %s --check-prefix=SCALES
// RUN: gatefold-opt %s --pass-pipeline='builtin.module(func.func(gatefold-expand-math{converts-halves=true},cse))' | FileCheck %s --check-prefix=HALVES
// RUN: gatefold-opt %s --pass-pipeline='builtin.module(func.func(gatefold-expand-math{dot-bytes=llvm.x86.avx512.vpdpbusd.512},cse))' | FileCheck %s --check-prefix=BYTES

// A function becomes arithmetic, the same for a scalar ...
// CHECK-LABEL: func.func @exp_of_scalar(
// CHECK-SAME:      %[[X:.*]]: f32)
// CHECK-NOT:     math.exp
// CHECK:         %[[HIGH:.*]] = arith.constant 8.900000e+01 : f32
// CHECK:         arith.cmpf ogt, %[[X]], %[[HIGH]]
// CHECK:         %[[LOW:.*]] = arith.constant -1.040000e+02 : f32
// CHECK:         arith.cmpf olt, %{{.*}}, %[[LOW]]
// CHECK-COUNT-9: math.fma {{.*}} : f32
// CHECK-NOT:     math.fma
// CHECK:         %[[HALF:.*]] = arith.mulf
// CHECK:         %[[RESULT:.*]] = arith.mulf %[[HALF]], %{{.*}} : f32
// CHECK:         return %[[RESULT]]
// A processor that scales by powers of two needs no two factors.
// SCALES-LABEL: func.func @exp_of_scalar(
// SCALES:         %[[SCALED:.*]] = llvm.call_intrinsic "llvm.ldexp"(%{{.*}}, %{{.*}}) : (f32, i32) -> f32
// SCALES-NEXT:    return %[[SCALED]]
func.func @exp_of_scalar(%x: f32) -> f32 {
  %0 = math.exp %x : f32
  return %0 : f32
}

// ... as for the elements of a vector.
// CHECK-LABEL: func.func @exp_of_vector(
// CHECK-SAME:      %[[X:.*]]: vector<16xf32>)
// CHECK-NOT:     math.exp
// CHECK:         %[[HIGH:.*]] = arith.constant dense<8.900000e+01> : vector<16xf32>
// CHECK:         arith.cmpf ogt, %[[X]], %[[HIGH]]
// CHECK:         %[[LOW:.*]] = arith.constant dense<-1.040000e+02> : vector<16xf32>
// CHECK:         arith.cmpf olt, %{{.*}}, %[[LOW]]
// CHECK-COUNT-9: math.fma {{.*}} : vector<16xf32>
// CHECK-NOT:     math.fma
// CHECK:         return
func.func @exp_of_vector(%x: vector<16xf32>) -> vector<16xf32> {
  %0 = math.exp %x : vector<16xf32>
  return %0 : vector<16xf32>
}

// Without a fused multiply-add, each one becomes two operations.
// SPLIT-LABEL: func.func @fma(
// SPLIT-SAME:      %[[A:.*]]: f32, %[[B:.*]]: f32, %[[C:.*]]: f32)
// SPLIT-NEXT:    %[[P:.*]] = arith.mulf %[[A]], %[[B]] : f32
// SPLIT-NEXT:    %[[S:.*]] = arith.addf %[[P]], %[[C]] : f32
// SPLIT-NEXT:    return %[[S]]
// CHECK-LABEL: func.func @fma(
// CHECK-NEXT:    math.fma
func.func @fma(%a: f32, %b: f32, %c: f32) -> f32 {
  %0 = math.fma %a, %b, %c : f32
  return %0 : f32
}

// tanh gets the sign of its operand at the end, so that -0 stays -0.
// CHECK-LABEL: func.func @tanh(
// CHECK-SAME:      %[[X:.*]]: f32)
// CHECK:         math.absf %[[X]]
// CHECK:         %[[T:.*]] = arith.divf
// CHECK:         %[[R:.*]] = math.copysign %[[T]], %[[X]]
// CHECK:         return %[[R]]
func.func @tanh(%x: f32) -> f32 {
  %0 = math.tanh %x : f32
  return %0 : f32
}

// Nothing is left to a library: not even the logarithm within log1p.
// CHECK-LABEL: func.func @others(
// CHECK-NOT:     math.{{expm1|log|log1p|erf}}
// CHECK:         return
func.func @others(%x: vector<16xf32>)
    -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>) {
  %0 = math.expm1 %x : vector<16xf32>
  %1 = math.log %x : vector<16xf32>
  %2 = math.log1p %x : vector<16xf32>
  %3 = math.erf %x : vector<16xf32>
  return %0, %1, %2, %3 : vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>
}

// Other types and functions stay.
// CHECK-LABEL: func.func @kept(
// CHECK:         math.exp %{{.*}} : f64
// CHECK:         math.sin %{{.*}} : f32
func.func @kept(%x: f64, %y: f32) -> (f64, f32) {
  %0 = math.exp %x : f64
  %1 = math.sin %y : f32
  return %0, %1 : f64, f32
}

// Numbers of 16 bits are converted by arithmetic on their bits: bf16 is the upper half of f32.
// CHECK-LABEL: func.func @extend_bf16(
// CHECK-SAME:      %[[X:.*]]: vector<16xbf16>)
// CHECK-NEXT:    %[[BITS:.*]] = arith.bitcast %[[X]] : vector<16xbf16> to vector<16xi16>
// CHECK-NEXT:    %[[LOW:.*]] = arith.extui %[[BITS]] : vector<16xi16> to vector<16xi32>
// CHECK-NEXT:    %[[SIXTEEN:.*]] = arith.constant dense<16>
// CHECK-NEXT:    %[[HIGH:.*]] = arith.shli %[[LOW]], %[[SIXTEEN]]
// CHECK-NEXT:    %[[Y:.*]] = arith.bitcast %[[HIGH]] : vector<16xi32> to vector<16xf32>
// CHECK-NEXT:    return %[[Y]]
func.func @extend_bf16(%x: vector<16xbf16>) -> vector<16xf32> {
  %0 = arith.extf %x : vector<16xbf16> to vector<16xf32>
  return %0 : vector<16xf32>
}

// CHECK-LABEL: func.func @extend_f16(
// CHECK-NOT:     arith.extf
// CHECK:         return
// HALVES-LABEL: func.func @extend_f16(
// HALVES-NEXT:    arith.extf
func.func @extend_f16(%x: vector<16xf16>) -> vector<16xf32> {
  %0 = arith.extf %x : vector<16xf16> to vector<16xf32>
  return %0 : vector<16xf32>
}

// CHECK-LABEL: func.func @truncate(
// CHECK-NOT:     arith.truncf
// CHECK:         return
// HALVES-LABEL: func.func @truncate(
// HALVES-NOT:     arith.truncf
// HALVES:         return
func.func @truncate(%x: f32, %y: vector<16xf32>) -> (bf16, vector<16xf16>) {
  %0 = arith.truncf %x : f32 to bf16
  %1 = arith.truncf %y : vector<16xf32> to vector<16xf16>
  return %0, %1 : bf16, vector<16xf16>
}

// Others are left to the processor.
// CHECK-LABEL: func.func @single_of_double(
// CHECK-NEXT:    arith.truncf
func.func @single_of_double(%x: f64) -> f32 {
  %0 = arith.truncf %x : f64 to f32
  return %0 : f32
}

// Products of four bytes are one instruction, or four products of what shifts bring to the end.
// CHECK-LABEL: func.func @dot_bytes(
// CHECK-SAME:      %[[X:.*]]: vector<16xi32>, %[[W:.*]]: vector<16xi32>, %[[SUMS:.*]]: vector<16xi32>)
// CHECK:         %[[LAST:.*]] = arith.constant dense<24> : vector<16xi32>
// CHECK:         %[[UP:.*]] = arith.shli %[[X]], %[[LAST]]
// CHECK:         %[[UP_W:.*]] = arith.shli %[[W]], %[[LAST]]
// CHECK:         %[[BYTE:.*]] = arith.shrui %[[UP]], %[[LAST]]
// CHECK:         %[[BYTE_W:.*]] = arith.shrsi %[[UP_W]], %[[LAST]]
// CHECK:         %[[PRODUCT:.*]] = arith.muli %[[BYTE]], %[[BYTE_W]]
// CHECK:         arith.addi %[[SUMS]], %[[PRODUCT]]
// CHECK-COUNT-3: arith.muli
// CHECK-NOT:     arith.muli
// BYTES-LABEL: func.func @dot_bytes(
// BYTES-SAME:      %[[X:.*]]: vector<16xi32>, %[[W:.*]]: vector<16xi32>, %[[SUMS:.*]]: vector<16xi32>)
// BYTES-DAG:     %[[FOURS:.*]] = llvm.bitcast %[[X]] : vector<16xi32> to vector<64xi8>
// BYTES-DAG:     %[[FOURS_W:.*]] = llvm.bitcast %[[W]] : vector<16xi32> to vector<64xi8>
// BYTES:         %[[RESULT:.*]] = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%[[SUMS]], %[[FOURS]], %[[FOURS_W]])
// BYTES:         return %[[RESULT]]
func.func @dot_bytes(%x: vector<16xi32>, %w: vector<16xi32>, %sums: vector<16xi32>) -> vector<16xi32> {
  %0 = gatefold.dot_bytes %x, %w, %sums : vector<16xi32>
  return %0 : vector<16xi32>
}

// A division by a power of two is a multiplication; others stay, and so do those by what is too
// small.
// CHECK-LABEL: func.func @divide(
// CHECK-SAME:      %[[X:.*]]: vector<16xf32>, %[[Y:.*]]: f32)
// CHECK:         %[[EIGHTH:.*]] = arith.constant dense<1.250000e-01> : vector<16xf32>
// CHECK:         %[[A:.*]] = arith.mulf %[[X]], %[[EIGHTH]]
// CHECK:         arith.divf %[[A]], %{{.*}} : vector<16xf32>
// CHECK:         %[[HALF:.*]] = arith.constant 5.000000e-01 : f32
// CHECK:         %[[B:.*]] = arith.mulf %[[Y]], %[[HALF]] : f32
// CHECK:         arith.divf %[[B]], %{{.*}} : f32
func.func @divide(%x: vector<16xf32>, %y: f32) -> (vector<16xf32>, f32) {
  %eight = arith.constant 8.0 : f32
  %six = arith.constant dense<6.0> : vector<16xf32>
  %two = arith.constant 2.0 : f32
  %huge = arith.constant 0x7F000000 : f32
  %eights = vector.broadcast %eight : f32 to vector<16xf32>
  %0 = arith.divf %x, %eights : vector<16xf32>
  %1 = arith.divf %0, %six : vector<16xf32>
  %2 = arith.divf %y, %two : f32
  %3 = arith.divf %2, %huge : f32
  return %1, %3 : vector<16xf32>, f32
}
