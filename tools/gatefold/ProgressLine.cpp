//===- ProgressLine.cpp - What takes so long ---------------------*- C++ -*-===//
//
// A thread of its own writes the line, as what takes long does not look at the clock.
//
//===----------------------------------------------------------------------===//

#include "ProgressLine.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"

using namespace gatefold;

static constexpr std::chrono::milliseconds patience(1000), interval(200);
static constexpr const char *wipeLine = "\r\033[K";

ProgressLine::ProgressLine(bool quiet) {
  if (!quiet && llvm::sys::Process::StandardErrIsDisplayed())
    thread = std::thread([this] { run(); });
}

void ProgressLine::show(llvm::StringRef what) {
  std::lock_guard<std::mutex> lock(mutex);
  text = what.str();
}

void ProgressLine::wipe() {
  std::lock_guard<std::mutex> lock(mutex);
  if (isVisible)
    llvm::errs() << wipeLine;
  isVisible = false;
}

void ProgressLine::stop() {
  if (!thread.joinable())
    return;
  {
    std::lock_guard<std::mutex> lock(mutex);
    isStopped = true;
  }
  stopping.notify_all();
  thread.join();
  if (isVisible)
    llvm::errs() << wipeLine;
  isVisible = false;
}

void ProgressLine::run() {
  std::unique_lock<std::mutex> lock(mutex);
  auto isOver = [this] { return isStopped; };
  for (auto wait = patience; !stopping.wait_for(lock, wait, isOver); wait = interval) {
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
    if (text.empty())
      continue;
    isVisible = true;
    llvm::errs() << wipeLine << llvm::formatv("{0} ({1:f1} s)", text, elapsed.count()).str();
  }
}
