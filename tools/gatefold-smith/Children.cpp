//===- Children.cpp - Work in processes of its own ---------------*- C++ -*-===//
//
// Each child writes its result to a pipe and ends at once.
//
//===----------------------------------------------------------------------===//

#include "Children.h"
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

using namespace gatefold;
using namespace gatefold::smith;

using Clock = std::chrono::steady_clock;

static void writeAll(int file, const std::string &text) {
  for (size_t written = 0; written < text.size();) {
    ssize_t count = ::write(file, text.data() + written, text.size() - written);
    if (count < 0 && errno != EINTR)
      return;
    written += count > 0 ? static_cast<size_t>(count) : 0;
  }
}

void Children::start(uint64_t task, const std::function<std::string()> &work, double seconds) {
  int ends[2];
  if (::pipe(ends) != 0)
    return;
  pid_t process = ::fork();
  if (process == 0) {
    ::close(ends[0]);
    // What a crash prints would come between the lines of the report.
    int nowhere = ::open("/dev/null", O_WRONLY);
    ::dup2(nowhere, STDERR_FILENO);
    for (int number : {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE})
      std::signal(number, SIG_DFL);
    writeAll(ends[1], work());
    ::close(ends[1]);
    ::_exit(0);
  }
  ::close(ends[1]);
  auto deadline = Clock::now() + std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000));
  running[process] = {task, ends[0], deadline, ""};
}

ChildResult Children::finish(pid_t process, bool isLate) {
  Child child = std::move(running.at(process));
  running.erase(process);
  if (isLate)
    ::kill(process, SIGKILL);
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR)
    ;
  ::close(child.pipe);
  ChildResult result{child.task, std::move(child.output), ""};
  if (isLate)
    result.problem = "takes too long";
  else if (WIFSIGNALED(status))
    result.problem = ::strsignal(WTERMSIG(status));
  else if (WEXITSTATUS(status) != 0)
    result.problem = "ended with status " + std::to_string(WEXITSTATUS(status));
  return result;
}

ChildResult Children::wait() {
  for (;;) {
    std::vector<pollfd> pipes;
    std::vector<pid_t> processes;
    auto deadline = Clock::time_point::max();
    for (const auto &[process, child] : running) {
      pipes.push_back({child.pipe, POLLIN, 0});
      processes.push_back(process);
      deadline = std::min(deadline, child.deadline);
    }
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    ::poll(pipes.data(), pipes.size(), static_cast<int>(std::max<int64_t>(left.count() + 1, 0)));
    for (size_t index = 0; index < pipes.size(); ++index) {
      Child &child = running.at(processes[index]);
      if (pipes[index].revents != 0) {
        char buffer[4096];
        ssize_t count = ::read(child.pipe, buffer, sizeof buffer);
        if (count > 0)
          child.output.append(buffer, static_cast<size_t>(count));
        else if (count == 0 || errno != EINTR)
          return finish(processes[index], /*isLate=*/false);
      } else if (Clock::now() >= child.deadline) {
        return finish(processes[index], /*isLate=*/true);
      }
    }
  }
}

Children::~Children() {
  while (!running.empty())
    finish(running.begin()->first, /*isLate=*/true);
}

ChildResult smith::runInChild(const std::function<std::string()> &work, double seconds) {
  Children children;
  children.start(0, work, seconds);
  return children.wait();
}
