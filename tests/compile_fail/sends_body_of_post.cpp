// expect: intheloop: sends_body is for a DELETE: POST, PUT and PATCH have a body anyway
#include <intheloop/endpoint/endpoint.hpp>

#include <string>

namespace loop = intheloop;

class change_request {
public:
    change_request() {}
    std::string name;
    loop::raw_body file;
    using members = loop::members<&change_request::name, &change_request::file>;
};

#ifdef CONTROL
inline constexpr loop::endpoint<loop::verb::post, "/things", change_request, std::string,
                                loop::multipart<>>
    things{};
#else
inline constexpr loop::endpoint<loop::verb::post, "/things", change_request, std::string,
                                loop::multipart<>, loop::sends_body>
    things{};
#endif
