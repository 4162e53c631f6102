//===- RunInputs.cpp - Targets without a fuzzer -------------------*- C++ -*-===//
//
// run-fuzz-inputs DIR...: runs targets over files, each in a folder of the target's name. The last
// line that is printed names the file at which a target ended the program.
//
//===----------------------------------------------------------------------===//

#include "Targets.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include <sys/time.h>

using namespace gatefold;

/// An input that takes more processor time ends the program, with SIGPROF.
static constexpr int mostSeconds = 20;

static void limitTime(int seconds) {
  itimerval limit = {};
  limit.it_value.tv_sec = seconds;
  setitimer(ITIMER_PROF, &limit, nullptr);
}

static const std::pair<llvm::StringLiteral, void (*)(llvm::StringRef)> targets[] = {
    {"onnx", fuzz::runOnnx}, {"fold", fuzz::runFold}, {"safetensors", fuzz::runSafeTensors},
    {"npy", fuzz::runNpy},   {"wav", fuzz::runWav},   {"vocabulary", fuzz::runVocabulary},
};

/// The files of a folder by their names; none where there is no folder.
static std::vector<std::string> listFiles(llvm::StringRef folder) {
  std::vector<std::string> paths;
  std::error_code error;
  for (llvm::sys::fs::directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error))
    paths.push_back(at->path());
  llvm::sort(paths);
  return paths;
}

/// Runs a target over the files of a folder; how many there are.
static size_t runFolder(llvm::StringRef folder, void (*run)(llvm::StringRef)) {
  std::vector<std::string> paths = listFiles(folder);
  for (const std::string &path : paths) {
    llvm::outs() << path << '\n';
    llvm::outs().flush();
    limitTime(mostSeconds);
    InputFile file = llvm::cantFail(openInputFile(path));
    run(file->getBuffer());
    limitTime(0);
  }
  return paths.size();
}

int main(int argc, char **argv) {
  for (const auto &[name, run] : targets) {
    size_t count = 0;
    for (llvm::StringRef folder : llvm::ArrayRef(argv + 1, argc - 1)) {
      llvm::SmallString<256> path(folder);
      llvm::sys::path::append(path, name);
      count += runFolder(path, run);
    }
    llvm::outs() << name << ": " << count << " inputs\n";
    if (count == 0) {
      llvm::errs() << "error: there are no inputs for " << name << '\n';
      return 1;
    }
  }
  return 0;
}
