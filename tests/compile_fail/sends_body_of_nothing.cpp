// expect: intheloop: this endpoint has sends_body, but no member of its request is in the body
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
inline constexpr loop::endpoint<loop::verb::delete_, "/things", change_request, std::string,
                                loop::sends_body>
    things{};
#else
inline constexpr loop::endpoint<loop::verb::delete_, "/things", change_request, std::string,
                                loop::query<&change_request::name>, loop::sends_body>
    things{};
#endif
