//===- driver.h - What the drivers of peers in C++ share ---------*- C++ -*-===//
//
// A driver reads commands from standard input and answers each with a line of JSON:
//
//   load FOLDER        prepares the case in the folder (see ../case_folder.py) and runs it once
//   round MS           warms up, then runs the case for so long
//   output FILE        writes what the last run computed, as f32 without a header
//
// so that the benchmark can let several programs take turns.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_BENCHMARKS_PEERS_DRIVER_H
#define GATEFOLD_BENCHMARKS_PEERS_DRIVER_H

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <sched.h>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace driver {

/// What `case.txt` says: the words behind each key, in the order of the lines.
class CaseText {
public:
  explicit CaseText(const std::string &folder) : folder(folder) {
    std::ifstream file(folder + "/case.txt");
    if (!file)
      throw std::runtime_error(folder + " has no case.txt");
    for (std::string line; std::getline(file, line);) {
      std::istringstream words(line);
      std::string key, word;
      words >> key;
      std::vector<std::string> &values = lines.emplace_back(key, std::vector<std::string>()).second;
      while (words >> word)
        values.push_back(word);
    }
  }
  std::vector<std::vector<std::string>> all(const std::string &key) const {
    std::vector<std::vector<std::string>> found;
    for (const auto &[name, values] : lines)
      if (name == key)
        found.push_back(values);
    return found;
  }
  std::string text(const std::string &key) const {
    auto found = all(key);
    if (found.empty() || found.front().empty())
      throw std::runtime_error("case.txt says no `" + key + "`");
    return found.front().front();
  }
  int64_t number(const std::string &key) const { return std::stoll(text(key)); }

  /// All numbers of a file of the case.
  template <typename T>
  std::vector<T> read(const std::string &name) const {
    std::ifstream file(folder + "/" + name, std::ios::binary | std::ios::ate);
    if (!file)
      throw std::runtime_error("no file " + name);
    std::vector<T> numbers(static_cast<size_t>(file.tellg()) / sizeof(T));
    file.seekg(0);
    file.read(reinterpret_cast<char *>(numbers.data()),
              static_cast<std::streamsize>(numbers.size() * sizeof(T)));
    return numbers;
  }
  const std::string folder;

private:
  std::vector<std::pair<std::string, std::vector<std::string>>> lines;
};

/// A case, ready to run.
class Program {
public:
  virtual ~Program() = default;
  virtual void run() = 0; ///< a whole sequence, or as many steps from fresh memories
  virtual std::vector<float> output() = 0;
};

inline double now(clockid_t clock) {
  timespec time;
  clock_gettime(clock, &time);
  return 1e6 * static_cast<double>(time.tv_sec) + 1e-3 * static_cast<double>(time.tv_nsec);
}

inline double findMedian(std::vector<double> numbers) {
  std::sort(numbers.begin(), numbers.end());
  size_t middle = numbers.size() / 2;
  return numbers.size() % 2 ? numbers[middle] : (numbers[middle - 1] + numbers[middle]) / 2;
}

/// Runs a program for some time; microseconds of a run, on the clock and of all its threads.
class Rounds {
public:
  explicit Rounds(Program &program) : program(program) {
    double spent;
    do {
      double start = now(CLOCK_MONOTONIC);
      for (int64_t i = 0; i < runs; ++i)
        program.run();
      spent = now(CLOCK_MONOTONIC) - start;
    } while (spent < shortestSample && (runs *= 2));
  }
  std::string measure(double milliseconds) {
    double warm = now(CLOCK_MONOTONIC) + 200 * milliseconds;
    do
      program.run();
    while (now(CLOCK_MONOTONIC) < warm);
    std::vector<double> wall, processor;
    double end = now(CLOCK_MONOTONIC) + 1000 * milliseconds;
    do {
      double wallStart = now(CLOCK_MONOTONIC), processorStart = now(CLOCK_PROCESS_CPUTIME_ID);
      for (int64_t i = 0; i < runs; ++i)
        program.run();
      processor.push_back((now(CLOCK_PROCESS_CPUTIME_ID) - processorStart) / runs);
      wall.push_back((now(CLOCK_MONOTONIC) - wallStart) / runs);
    } while (now(CLOCK_MONOTONIC) < end);
    char line[160];
    snprintf(line, sizeof line, "{\"wall\": %.4f, \"processor\": %.4f, \"samples\": %zu}",
             findMedian(wall), findMedian(processor), wall.size());
    return line;
  }

private:
  /// A sample is at least so many microseconds long, since reading clocks takes time too.
  static constexpr double shortestSample = 100;
  Program &program;
  int64_t runs = 1;
};

/// Answers commands until there are none. `load` makes a program from a case.
template <typename Load>
int serve(const std::string &version, Load load) {
  std::cout << "{\"version\": \"" << version << "\"}" << std::endl;
  std::unique_ptr<Program> program;
  std::unique_ptr<Rounds> rounds;
  for (std::string command, argument; std::cin >> command >> argument;) {
    try {
      if (command == "load") {
        rounds.reset();
        program.reset();
        double start = now(CLOCK_MONOTONIC);
        program = load(CaseText(argument));
        double loaded = now(CLOCK_MONOTONIC);
        program->run();
        double run = now(CLOCK_MONOTONIC);
        rounds = std::make_unique<Rounds>(*program);
        std::cout << "{\"callable\": " << loaded - start << ", \"first\": " << run - start << "}"
                  << std::endl;
      } else if (!program) {
        throw std::runtime_error("nothing is loaded");
      } else if (command == "round") {
        std::cout << rounds->measure(std::stod(argument)) << std::endl;
      } else {
        program->run();
        std::vector<float> numbers = program->output();
        std::ofstream(argument, std::ios::binary)
            .write(reinterpret_cast<const char *>(numbers.data()),
                   static_cast<std::streamsize>(numbers.size() * sizeof(float)));
        std::cout << "{}" << std::endl;
      }
    } catch (const std::exception &error) {
      std::string text = error.what();
      for (char &c : text)
        if (c == '"' || c == '\\' || c < ' ')
          c = ' ';
      std::cout << "{\"error\": \"" << text << "\"}" << std::endl;
    }
  }
  return 0;
}

/// Keeps this thread on one processor.
inline void pin(int processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processor, &set);
  sched_setaffinity(0, sizeof set, &set);
}

} // namespace driver

#endif // GATEFOLD_BENCHMARKS_PEERS_DRIVER_H
