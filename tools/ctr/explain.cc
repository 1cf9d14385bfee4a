// SPDX-License-Identifier: MIT
// ctr explain: print the plan, run nothing.
#include <cstdlib>

#include "commands.h"
#include "message.h"
#include "setup.h"
#include "text.h"

namespace cli {
namespace {

std::string printable_text(std::string_view plan)
{
    std::string out;
    append_printable(out, plan, Newlines::kept);
    return out;
}

Result<std::string> explain(Setup& setup)
{
    char* plan = nullptr;
    ctr_error* error = nullptr;
    auto const explainer = setup.request.json ? ctr_explain : ctr_explain_text;
    if (explainer(setup.config(), &plan, &error) != 0)
        return retell(setup, error);
    std::string out = setup.request.json ? plan : printable_text(plan);
    free(plan);
    if (out.empty() || out.back() != '\n')
        out += '\n';
    return out;
}

Result<std::string> plan_of(Setup& setup, CommandLine const& line)
{
    CLI_TRY(describe_request(setup, line));
    CLI_TRY(describe(setup, line));
    return explain(setup);
}

} // namespace

int explain_main(CommandLine const& line)
{
    if (line.problem)
        return complain(*line.problem);
    if (line.words[0] == nullptr)
        return complain(wrong_words("no command to explain was given", "explain"));
    fill_standard_descriptors();
    Setup setup(Purpose::explain);
    Result<std::string> plan = plan_of(setup, line);
    return plan ? print_data(plan.value()) : complain(plan.problem());
}

} // namespace cli
