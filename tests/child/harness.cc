// SPDX-License-Identifier: MIT
// runner CTR-INIT PAYLOAD [NAME]: runs every test, or those whose name contains NAME. One line per test, and a count.
#include "harness.h"

#include "init.h"

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <vector>

namespace ctr::test {

namespace {

struct Test {
    char const* name;
    void (*run)();
};

std::vector<Test>& tests()
{
    static std::vector<Test> all;
    return all;
}

struct Tally {
    int passed = 0;
    int failed = 0;
    int skipped = 0;
};

void run(Test const& test, int number, Tally& tally)
{
    try {
        test.run();
        tally.passed++;
        std::printf("ok %d - %s\n", number, test.name);
    } catch (Skipped const& skipped) {
        tally.skipped++;
        std::printf("ok %d - %s # SKIP %s\n", number, test.name, skipped.reason.c_str());
    } catch (Failed const& failed) {
        tally.failed++;
        std::printf("not ok %d - %s\n    %s\n", number, test.name, failed.reason.c_str());
    }
    std::fflush(stdout);
}

} // namespace

Register::Register(char const* name, void (*run)()) { tests().push_back({name, run}); }

} // namespace ctr::test

int main(int count, char** words)
{
    using namespace ctr::test;
    if (count < 3) {
        std::fprintf(stderr, "usage: %s CTR-INIT PAYLOAD [NAME]\n", words[0]);
        return 2;
    }
    // Absolute: some commands start in another directory.
    std::string const init = std::filesystem::absolute(words[1]);
    std::string const payload = std::filesystem::absolute(words[2]);
    set_programs(init.c_str(), payload.c_str());
    (void)std::signal(SIGPIPE, SIG_IGN); // a peer that is gone is an error of the call
    Tally tally;
    int number = 0;
    for (auto const& test : tests())
        if (count == 3 || std::string_view(test.name).find(words[3]) != std::string_view::npos)
            run(test, ++number, tally);
    std::printf("%d passed, %d failed, %d skipped\n", tally.passed, tally.failed, tally.skipped);
    return tally.failed > 0 ? 1 : tally.passed == 0 ? 77 : 0;
}
