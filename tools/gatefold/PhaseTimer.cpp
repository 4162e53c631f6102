//===- PhaseTimer.cpp - Where the time goes ----------------------*- C++ -*-===//
//
// Measures phases with the steady clock.
//
//===----------------------------------------------------------------------===//

#include "PhaseTimer.h"
#include "llvm/Support/FormatVariadic.h"
#include <algorithm>

using namespace gatefold;

void PhaseTimer::hideProgress() {
  if (progress)
    progress->stop();
  progress = nullptr;
}

void PhaseTimer::begin(llvm::StringRef name) {
  end();
  if (progress)
    progress->show(name);
  running = name.str();
  start = std::chrono::steady_clock::now();
}

double PhaseTimer::end() {
  if (running.empty())
    return 0;
  std::chrono::duration<double, std::milli> elapsed = std::chrono::steady_clock::now() - start;
  rows.push_back({running, elapsed.count(), /*isPhase=*/true});
  running.clear();
  return elapsed.count();
}

void PhaseTimer::addDetail(llvm::StringRef name, double milliseconds) {
  rows.push_back({"  " + name.str(), milliseconds, /*isPhase=*/false});
}

void PhaseTimer::print(llvm::raw_ostream &os) const {
  size_t width = llvm::StringRef("total").size();
  double total = 0;
  for (const Row &row : rows) {
    width = std::max(width, row.name.size());
    total += row.isPhase ? row.milliseconds : 0;
  }
  auto print = [&](llvm::StringRef name, double milliseconds) {
    os << name;
    os.indent(width - name.size());
    os << llvm::formatv("  {0,10:f3} ms\n", milliseconds);
  };
  for (const Row &row : rows)
    print(row.name, row.milliseconds);
  print("total", total);
}
