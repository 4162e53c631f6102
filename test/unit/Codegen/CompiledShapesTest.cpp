//===- CompiledShapesTest.cpp - Shape operations, compiled ----------------===//
//
// Broadcasts, slices, concatenations, reshapes, transpositions and gathers, read in place or from
// memory.
//
//===----------------------------------------------------------------------===//

#include "CompiledCases.h"

using namespace gatefold::test;

static const std::vector<int64_t> aroundVectors{1, 3, 16, 17, 64};

GATEFOLD_COMPILED_TESTS(
    CompiledShapes,
    join(
        {forEach({"broadcast_rows_and_columns",
                  {{"a", "Tx$Nxf32"}},
                  {{"b", "$Nxf32"}, {"c", "6xf32"}},
                  {{"y", "Tx6x$Nxf32"}},
                  "%t = gatefold.dim %a, 1 : tensor<?x$Nxf32>\n"
                  "%1 = gatefold.broadcast %a axes [1] : tensor<?x$Nxf32> -> tensor<?x6x$Nxf32>\n"
                  "%2 = gatefold.broadcast %b axes [1, 2] sizes(%t) : tensor<$Nxf32> -> "
                  "tensor<?x6x$Nxf32>\n"
                  "%3 = gatefold.broadcast %c axes [0, 2] sizes(%t) : tensor<6xf32> -> "
                  "tensor<?x6x$Nxf32>\n"
                  "%4 = arith.mulf %1, %2 : tensor<?x6x$Nxf32>\n"
                  "%y = arith.addf %4, %3 : tensor<?x6x$Nxf32>"},
                 "N", aroundVectors),
         forEach({"concat",
                  {{"a", "Tx$Nxf32"}, {"b", "Tx5xf32"}},
                  {},
                  {{"y", "Tx20xf32"}},
                  "%r = gatefold.concat %a, %b, %a axis 0 : tensor<?x$Nxf32>, tensor<?x5xf32>, "
                  "tensor<?x$Nxf32> -> tensor<?x39xf32>\n"
                  "%y = gatefold.slice %r axis 0 offset -21 size 20 : tensor<?x39xf32> -> "
                  "tensor<?x20xf32>"},
                 "N", {17}),
         {{"concat_outer",
           {{"a", "Sx17xf32"}, {"b", "Nx17xf32"}},
           {{"W", "2x17xf32"}},
           {{"y", "17xf32"}},
           "%r = gatefold.concat %a, %W, %b axis 1 : tensor<?x17xf32>, tensor<2x17xf32>, "
           "tensor<?x17xf32> -> tensor<?x17xf32>\n"
           "%e = math.absf %r : tensor<?x17xf32>\n"
           "%y = gatefold.reduce sum %e axes [1] chain : tensor<?x17xf32> -> tensor<17xf32>"},
          {"concat_of_computed",
           {{"a", "Tx3xf32"}, {"b", "Tx3xf32"}},
           {},
           {{"y", "Tx9xf32"}},
           "%1 = arith.addf %a, %b : tensor<?x3xf32>\n"
           "%2 = arith.mulf %a, %1 : tensor<?x3xf32>\n"
           "%y = gatefold.concat %1, %2, %1 axis 0 : tensor<?x3xf32>, tensor<?x3xf32>, "
           "tensor<?x3xf32> -> tensor<?x9xf32>"},
          {"slice_of_dynamic_axis",
           {{"x", "Nx5xf32"}},
           {},
           {{"first", "2x5xf32"}, {"last", "2x5xf32"}, {"one", "1x5xf32"}},
           "%first = gatefold.slice %x axis 1 offset 1 size 2 : tensor<?x5xf32> -> "
           "tensor<2x5xf32>\n"
           "%last = gatefold.slice %x axis 1 offset -2 size 2 : tensor<?x5xf32> -> "
           "tensor<2x5xf32>\n"
           "%one = gatefold.slice %x axis 1 offset -1 size 1 : tensor<?x5xf32> -> tensor<1x5xf32>"},
          {"slice_within_arithmetic",
           {{"x", "Tx40xf32"}},
           {},
           {{"y", "Tx19xf32"}},
           "%1 = gatefold.slice %x axis 0 offset 0 size 19 : tensor<?x40xf32> -> tensor<?x19xf32>\n"
           "%2 = gatefold.slice %x axis 0 offset 21 size 19 : tensor<?x40xf32> -> "
           "tensor<?x19xf32>\n"
           "%3 = math.tanh %x : tensor<?x40xf32>\n"
           "%4 = gatefold.slice %3 axis 0 offset 10 size 19 : tensor<?x40xf32> -> "
           "tensor<?x19xf32>\n"
           "%5 = arith.mulf %1, %2 : tensor<?x19xf32>\n"
           "%y = arith.addf %5, %4 : tensor<?x19xf32>"},
          {"empty_slice",
           {{"x", "Tx4xf32"}},
           {},
           {{"y", "Tx4xf32"}},
           "%1 = gatefold.slice %x axis 0 offset 2 size 0 : tensor<?x4xf32> -> tensor<?x0xf32>\n"
           "%y = gatefold.concat %1, %x axis 0 : tensor<?x0xf32>, tensor<?x4xf32> -> "
           "tensor<?x4xf32>"},
          {"reshape_splits",
           {{"x", "Tx24xf32"}},
           {},
           {{"y", "Tx2x12xf32"}, {"z", "Tx24x1xf32"}},
           "%y = gatefold.reshape %x replaced 1 : tensor<?x24xf32> -> tensor<?x2x12xf32>\n"
           "%1 = math.exp %x : tensor<?x24xf32>\n"
           "%z = gatefold.reshape %1 replaced 1 : tensor<?x24xf32> -> tensor<?x24x1xf32>"},
          {"reshape_flattens",
           {{"x", "Sx3x4xf32"}},
           {},
           {{"y", "12xSxf32"}},
           "%1 = gatefold.transpose %x [1, 2, 0] : tensor<?x3x4xf32> -> tensor<3x4x?xf32>\n"
           "%y = gatefold.reshape %1 replaced 3 : tensor<3x4x?xf32> -> tensor<12x?xf32>"},
          {"reshape_of_sum",
           {{"x", "Sx6xf32"}, {"z", "Sx6xf32"}},
           {},
           {{"y", "Sxf32"}},
           "%1 = arith.addf %x, %z : tensor<?x6xf32>\n"
           "%2 = gatefold.reshape %1 replaced 1 : tensor<?x6xf32> -> tensor<?x2x3xf32>\n"
           "%3 = gatefold.transpose %2 [1, 0] : tensor<?x2x3xf32> -> tensor<?x3x2xf32>\n"
           "%4 = gatefold.reshape %3 replaced 2 : tensor<?x3x2xf32> -> tensor<?x6xf32>\n"
           "%y = gatefold.dot %4, %x chain mapped 1 : tensor<?x6xf32>, tensor<?x6xf32> -> "
           "tensor<?xf32>"},
          {"unit_axes",
           {{"x", "Tx18xf32"}},
           {{"b", "1x18xf32"}},
           {{"y", "Tx18xf32"}},
           "%t = gatefold.dim %x, 1 : tensor<?x18xf32>\n"
           "%1 = gatefold.reshape %b replaced 2 : tensor<1x18xf32> -> tensor<18xf32>\n"
           "%2 = gatefold.broadcast %1 axes [1] sizes(%t) : tensor<18xf32> -> tensor<?x18xf32>\n"
           "%3 = gatefold.reshape %x replaced 1 : tensor<?x18xf32> -> tensor<?x1x18x1xf32>\n"
           "%4 = gatefold.reshape %3 replaced 3 : tensor<?x1x18x1xf32> -> tensor<?x18xf32>\n"
           "%y = arith.mulf %4, %2 : tensor<?x18xf32>"},
          {"transposes",
           {{"x", "SxNx3xf32"}},
           {},
           {{"y", "3xSxNxf32"}, {"z", "NxSx3xf32"}},
           "%y = gatefold.transpose %x [2, 0, 1] : tensor<?x?x3xf32> -> tensor<3x?x?xf32>\n"
           "%1 = gatefold.transpose %y [2, 1, 0] : tensor<3x?x?xf32> -> tensor<?x?x3xf32>\n"
           "%z = math.absf %1 : tensor<?x?x3xf32>"},
          {"outer_product",
           {{"a", "Sxf32"}, {"b", "Nxf32"}},
           {},
           {{"y", "SxNxf32"}, {"z", "NxSxf32"}},
           "%s = gatefold.dim %a, 0 : tensor<?xf32>\n"
           "%n = gatefold.dim %b, 0 : tensor<?xf32>\n"
           "%1 = gatefold.broadcast %a axes [0] sizes(%n) : tensor<?xf32> -> tensor<?x?xf32>\n"
           "%2 = gatefold.broadcast %b axes [1] sizes(%s) : tensor<?xf32> -> tensor<?x?xf32>\n"
           "%y = arith.mulf %1, %2 : tensor<?x?xf32>\n"
           "%z = gatefold.transpose %y [1, 0] : tensor<?x?xf32> -> tensor<?x?xf32>"},
          {"broadcast_to_a_computed_size",
           {{"x", "Nxf32"}},
           {},
           {{"y", "f32"}},
           "%n = gatefold.dim %x, 0 : tensor<?xf32>\n"
           "%two = arith.constant 2 : index\n"
           "%one = arith.constant -1 : index\n"
           "%m = arith.muli %n, %two : index\n"
           "%k = arith.addi %m, %one : index\n"
           "%s = gatefold.slice %x axis 0 offset 1 size 1 : tensor<?xf32> -> tensor<1xf32>\n"
           "%e = gatefold.reshape %s replaced 1 : tensor<1xf32> -> tensor<f32>\n"
           "%b = gatefold.broadcast %e axes [0] sizes(%k) : tensor<f32> -> tensor<?xf32>\n"
           "%y = gatefold.reduce sum %b axes [0] lanes : tensor<?xf32> -> tensor<f32>"}}}));

GATEFOLD_COMPILED_TESTS(
    CompiledWindows,
    join({forEach({"windows_of_a_fixed_axis",
                   {{"x", "Tx40x$Nxf32"}},
                   {},
                   {{"y", "Tx19x3x$Nxf32"}, {"z", "Tx$Nx5x2xf32"}},
                   "%1 = gatefold.windows %x axis 1 size 3 stride 2 : tensor<?x40x$Nxf32> -> "
                   "tensor<?x19x3x$Nxf32>\n"
                   "%y = math.absf %1 : tensor<?x19x3x$Nxf32>\n"
                   "%2 = gatefold.transpose %x [1, 0] : tensor<?x40x$Nxf32> -> "
                   "tensor<?x$Nx40xf32>\n"
                   "%z = gatefold.windows %2 axis 0 size 2 stride 8 dilation 7 : "
                   "tensor<?x$Nx40xf32> -> tensor<?x$Nx5x2xf32>"},
                  "N", aroundVectors),
          forEach({"reverse",
                   {{"x", "Tx3x$Nxf32"}},
                   {},
                   {{"y", "Tx3x$Nxf32"}, {"z", "Tx3x$Nxf32"}},
                   "%y = gatefold.reverse %x axis 0 : tensor<?x3x$Nxf32>\n"
                   "%1 = gatefold.reverse %y axis 1 : tensor<?x3x$Nxf32>\n"
                   "%z = math.absf %1 : tensor<?x3x$Nxf32>"},
                  "N", aroundVectors),
          forEach({"cumulate",
                   {{"x", "Tx3x$Nxf32"}},
                   {},
                   {{"y", "Tx3x$Nxf32"}, {"z", "Tx3x$Nxf32"}},
                   "%y = gatefold.cumulate sum %x axis 0 : tensor<?x3x$Nxf32>\n"
                   "%z = gatefold.cumulate product %x axis 1 : tensor<?x3x$Nxf32>"},
                  "N", aroundVectors),
          {{"windows_padded_along_time",
            {{"x", "Tx5xf32"}},
            {{"W", "20x15xf32"}},
            {{"y", "Tx20xf32"}},
            "%z = arith.constant dense<0.0> : tensor<2x5xf32>\n"
            "%1 = gatefold.concat %z, %x axis 1 : tensor<2x5xf32>, tensor<?x5xf32> -> "
            "tensor<?x5xf32>\n"
            "%2 = gatefold.windows %1 axis 1 size 3 : tensor<?x5xf32> -> tensor<?x3x5xf32>\n"
            "%3 = gatefold.reshape %2 replaced 2 : tensor<?x3x5xf32> -> tensor<?x15xf32>\n"
            "%y = gatefold.dot %3, %W chain : tensor<?x15xf32>, tensor<20x15xf32> -> "
            "tensor<?x20xf32>"},
           {"windows_read_in_place",
            {{"x", "Nx5xf32"}, {"q", "5xf32"}},
            {},
            {{"y", "f32"}},
            "%2 = gatefold.windows %x axis 1 size 3 : tensor<?x5xf32> -> tensor<?x3x5xf32>\n"
            "%3 = gatefold.dot %2, %q chain : tensor<?x3x5xf32>, tensor<5xf32> -> tensor<?x3xf32>\n"
            "%4 = gatefold.reduce maximum %3 axes [0] chain : tensor<?x3xf32> -> tensor<?xf32>\n"
            "%y = gatefold.reduce minimum %4 axes [0] lanes : tensor<?xf32> -> tensor<f32>"},
           {"windows_of_computed_values",
            {{"x", "Nxf32"}},
            {},
            {{"y", "f32"}},
            "%1 = math.exp %x : tensor<?xf32>\n"
            "%2 = gatefold.windows %1 axis 0 size 2 stride 3 dilation 2 : tensor<?xf32> -> "
            "tensor<?x2xf32>\n"
            "%3 = gatefold.reduce product %2 axes [0] chain : tensor<?x2xf32> -> tensor<?xf32>\n"
            "%4 = gatefold.reverse %3 axis 0 : tensor<?xf32>\n"
            "%5 = gatefold.cumulate sum %4 axis 0 : tensor<?xf32>\n"
            "%y = gatefold.reduce sum %5 axes [0] lanes : tensor<?xf32> -> tensor<f32>"},
           {"windows_within_a_scan",
            {{"xs", "Tx6xf32"}, {"text", "9x6xf32"}},
            {},
            {{"ys", "Tx3x3xf32"}},
            "%1 = gatefold.transpose %text [1, 0] : tensor<9x6xf32> -> tensor<6x9xf32>\n"
            "%ys = gatefold.scan axis 0 (%x = %xs : tensor<?x6xf32>) -> (tensor<?x3x3xf32>) {\n"
            "  %w = gatefold.windows %1 axis 0 size 3 stride 3 : tensor<6x9xf32> -> "
            "tensor<6x3x3xf32>\n"
            "  %p = gatefold.transpose %w [1, 2, 0] : tensor<6x3x3xf32> -> tensor<3x3x6xf32>\n"
            "  %y = gatefold.dot %p, %x chain : tensor<3x3x6xf32>, tensor<6xf32> -> "
            "tensor<3x3xf32>\n"
            "  gatefold.yield outputs(%y : tensor<3x3xf32>)\n"
            "}"},
           {"cumulate_of_integers",
            {{"x", "Txi32", 1000}, {"n", "Nxi64", 3}},
            {},
            {{"y", "Nxi64"}},
            "%1 = gatefold.reverse %n axis 0 : tensor<?xi64>\n"
            "%y = gatefold.cumulate product %1 axis 0 : tensor<?xi64>"}}}));

GATEFOLD_COMPILED_TESTS(
    CompiledGather,
    join({forEach({"gather",
                   {{"words", "Txi32", 7}},
                   {{"table", "7x$Exf32"}},
                   {{"y", "Tx$Exf32"}},
                   "%y = gatefold.gather %table[%words] : tensor<7x$Exf32>, tensor<?xi32> -> "
                   "tensor<?x$Exf32>"},
                  "E", aroundVectors),
          {{"gather_scalars",
            {{"words", "Txi64", 5}},
            {{"table", "5xf32"}},
            {{"y", "Txf32"}},
            "%y = gatefold.gather %table[%words] : tensor<5xf32>, tensor<?xi64> -> tensor<?xf32>"},
           {"gather_mapped",
            {{"tables", "SxNx5xf32"}, {"at", "Sxi32", 3}},
            {},
            {{"y", "Sx5xf32"}},
            "%y = gatefold.gather %tables[%at] mapped 1 : tensor<?x?x5xf32>, tensor<?xi32> -> "
            "tensor<?x5xf32>"},
           {"gather_from_computed_table",
            {{"x", "3x18xf32"}, {"at", "Sxi32", 3}},
            {},
            {{"y", "Sx18xf32"}},
            "%1 = math.tanh %x : tensor<3x18xf32>\n"
            "%2 = gatefold.gather %1[%at] : tensor<3x18xf32>, tensor<?xi32> -> tensor<?x18xf32>\n"
            "%y = arith.addf %2, %2 : tensor<?x18xf32>"},
           {"gather_at_argmax",
            {{"x", "Tx6xf32"}},
            {{"table", "6x4xf32"}},
            {{"y", "Tx4xf32"}},
            "%i = gatefold.argmax %x : tensor<?x6xf32> -> tensor<?xi32>\n"
            "%y = gatefold.gather %table[%i] : tensor<6x4xf32>, tensor<?xi32> -> tensor<?x4xf32>"},
           {"gather_of_two_axes",
            {{"at", "Tx3xi32", 5}},
            {{"table", "5x4xf32"}},
            {{"y", "Tx3x4xf32"}},
            "%y = gatefold.gather %table[%at] : tensor<5x4xf32>, tensor<?x3xi32> -> "
            "tensor<?x3x4xf32>"}}}));
