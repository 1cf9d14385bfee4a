// SPDX-License-Identifier: MIT
// Execution: by path and along PATH, and why it failed.
#include "listening.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>

using namespace ctr::test;
using ctr::Fd;

namespace {

// The errno of executing this, and where in the search path it was decided.
Refusal refused_exec(Words const& words, char const* search_path = "/usr/bin:/bin")
{
    needs_vfork();
    Recipe recipe;
    recipe.search_path = search_path;
    return refusal(recipe.with_exec(words));
}

// The payload by its name alone.
struct Program {
    explicit Program(Words const& said) : words(payload(said))
    {
        size_t const slash = words[0].rfind('/');
        directory = words[0].substr(0, slash);
        words[0].erase(0, slash + 1);
    }
    Words words;
    std::string directory;
};

class Directory {
public:
    Directory() { expect(::mkdtemp(path_) != nullptr, "no temporary directory could be made"); }
    Directory(Directory const&) = delete;
    Directory& operator=(Directory const&) = delete;
    ~Directory()
    {
        for (std::string const& file : files_)
            (void)::unlink(file.c_str());
        (void)::rmdir(path_);
    }
    std::string file(char const* name, char const* content, mode_t mode)
    {
        files_.push_back(std::string(path_) + "/" + name);
        Fd const fd(::open(files_.back().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        expect(::write(fd.get(), content, std::strlen(content)) >= 0 && ::fchmod(fd.get(), mode) == 0, "no file");
        return files_.back();
    }
    std::string path() const { return path_; }

private:
    char path_[32] = "/tmp/ctr-child.XXXXXX";
    Words files_;
};

} // namespace

CHILD_TEST(a_file_that_cannot_be_executed_is_reported_with_its_errno)
{
    Directory directory;
    std::string const plain = directory.file("plain", "text", 0644);
    std::string const garbage = directory.file("garbage", "no program\n", 0755);
    std::string const script = directory.file("script", "#!/nowhere/sh\n", 0755);
    expect_equal(refused_exec({"/nowhere/command"}).error, ENOENT, "the errno of a missing file");
    expect_equal(refused_exec({plain}).error, EACCES, "the errno of a plain file");
    expect_equal(refused_exec({"/usr"}).error, EACCES, "the errno of a directory");
    expect_equal(refused_exec({garbage}).error, ENOEXEC, "the errno of garbage");
    expect_equal(refused_exec({script}).error, ENOENT, "the errno of a missing interpreter");
    expect_equal(refused_exec({plain + "/x"}).error, ENOTDIR, "the errno behind a file");
}

CHILD_TEST(a_name_is_searched_along_path)
{
    Listening listening;
    Program const program({"say", "found"});
    listening.recipe.search_path = "/nowhere:" + program.directory + ":/bin";
    Init init;
    init.run_command(listening.recipe.with_exec(program.words));
    expect_equal(listening.pipe.all(), "found\n", "what the command said");
}

CHILD_TEST(a_name_that_is_nowhere_is_missing_and_a_forbidden_one_is_remembered)
{
    Directory directory;
    (void)directory.file("tool", "text", 0644);
    expect_equal(refused_exec({"tool"}, "/nowhere:/usr").error, ENOENT, "the errno of a missing name");
    std::string const path = "/nowhere:" + directory.path() + ":/usr";
    Refusal const said = refused_exec({"tool"}, path.c_str());
    expect_equal(said.error, EACCES, "the errno of a forbidden one");
    expect_equal(said.detail, 1, "the position in the search path");
}

CHILD_TEST(an_empty_part_of_path_is_the_working_directory)
{
    Listening listening;
    Program const program({"say", "here"});
    change_dir(listening.recipe, program.directory.c_str());
    listening.recipe.search_path = "/nowhere::/bin";
    Init init;
    init.run_command(listening.recipe.with_exec(program.words));
    expect_equal(listening.pipe.all(), "here\n", "what the command said");
}

CHILD_TEST(a_part_of_path_that_is_too_long_is_passed_over)
{
    std::string const path = std::string(5000, 'x') + ":/nowhere";
    expect_equal(refused_exec({"tool"}, path.c_str()).error, ENOENT, "the errno");
}
