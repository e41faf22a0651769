// expect: intheloop: this member can't be a part of a form
// expect: change_request::labels
#include <intheloop/endpoint/endpoint.hpp>

#include <map>
#include <string>
#include <vector>

namespace loop = intheloop;

class change_request {
public:
    change_request() {}
    std::vector<std::string> names;
    std::map<std::string, std::string> labels;
    using members = loop::members<&change_request::names, &change_request::labels>;
};

#ifdef CONTROL
inline constexpr loop::endpoint<loop::verb::post, "/things", change_request, std::string> things{};
#else
inline constexpr loop::endpoint<loop::verb::post, "/things", change_request, std::string,
                                loop::multipart<>>
    things{};
#endif
