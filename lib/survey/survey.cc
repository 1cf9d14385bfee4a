// SPDX-License-Identifier: MIT
#include "survey/survey.h"

#include "host/accounts.h"
#include "host/ids.h"
#include "survey/tree.h"
#include "sys/pidfd.h"

#include <climits>
#include <memory>
#include <optional>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace ctr::survey {

namespace {

host::IdQuestions questions_for(spec::Spec const& spec)
{
    host::IdQuestions questions;
    using spec::Map;
    questions.subids = spec.identity.map == Map::automatic || spec.identity.map == Map::subid ||
                       spec.identity.map == Map::explicit_ranges;
    questions.capabilities = spec.identity.capabilities.asked != 0;
    questions.home = spec.mounts.any && !spec.mounts.rootfs;
    questions.newuidmap = spec.identity.newuidmap;
    questions.newgidmap = spec.identity.newgidmap;
    return questions;
}

// The caller's directory; unknown where it was removed or cannot be reached.
host::DirFacts survey_cwd()
{
    host::DirFacts facts;
    auto const path = std::make_unique_for_overwrite<char[]>(PATH_MAX); // a caller's stack may be small
    struct stat status = {};
    if (::getcwd(path.get(), PATH_MAX) == nullptr || path[0] != '/' || ::stat(".", &status) != 0)
        return facts;
    facts.path = path.get();
    facts.device = (uint64_t{major(status.st_dev)} << 32) | minor(status.st_dev);
    facts.inode = status.st_ino;
    return facts;
}

} // namespace

host::CallerFacts survey_caller(spec::Spec const& spec) { return host::survey_caller(questions_for(spec)); }

Result<host::Facts> survey(spec::Spec const& spec, host::CallerFacts caller)
{
    host::Facts facts;
    facts.caller = std::move(caller);
    std::optional<Tree> tree;
    if (spec.mounts.any) {
        tree = CTR_TRY(survey_targets(spec.mounts, facts.root));
        CTR_TRY(survey_layers(spec.mounts, facts.root));
        if (spec.mounts.masked)
            facts.root.system_paths = survey_system_paths();
    }
    ReadFile const read_file = [&](char const* path) -> Result<std::string> {
        return tree ? tree->read_file(path, host::most_account_bytes) : std::string();
    };
    facts.user = CTR_TRY(survey_user(spec, read_file));
    if (spec.landlock.any())
        facts.landlock = survey_landlock();
    if (!spec.process.cwd)
        facts.cwd = survey_cwd();
    return facts;
}

} // namespace ctr::survey
