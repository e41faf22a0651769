// expect: intheloop: two members of this type have the same name on the wire
// expect: find_things
// expect-error-first
#include <intheloop/endpoint/endpoint.hpp>

#include <string>

namespace loop = intheloop;

#ifdef CONTROL
class find_things {
public:
    find_things() {}
    std::string tag_ids;
    std::string other;
    using members = loop::members<&find_things::tag_ids, &find_things::other>;
};
#else
class find_things {
public:
    find_things() {}
    std::string tag_ids;
    std::string other;
    using members =
        loop::members<&find_things::tag_ids, loop::renamed<&find_things::other, "tagIds">>;
};
#endif
inline constexpr loop::endpoint<loop::verb::post, "/things", find_things, std::string> things{};
