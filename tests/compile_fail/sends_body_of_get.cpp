// expect: intheloop: sends_body is for a DELETE: POST, PUT and PATCH have a body anyway
#include <intheloop/endpoint/endpoint.hpp>

#include <string>

namespace loop = intheloop;

class change_request {
public:
    change_request() {}
    std::string name;
    using members = loop::members<&change_request::name>;
};

#ifdef CONTROL
inline constexpr loop::endpoint<loop::verb::get, "/things", change_request, std::string,
                                loop::query<&change_request::name>>
    things{};
#else
inline constexpr loop::endpoint<loop::verb::get, "/things", change_request, std::string,
                                loop::query<&change_request::name>, loop::sends_body>
    things{};
#endif
