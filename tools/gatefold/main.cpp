//===- main.cpp - The gatefold program ---------------------------*- C++ -*-===//
//
// Checks, compiles, runs, compares and inspects models. Each command has a file of its own.
//
//===----------------------------------------------------------------------===//

#include "CommandLine.h"

int main(int argc, char **argv) { return static_cast<int>(gatefold::runCommandLine(argc, argv)); }
