// expect: intheloop: a request of this verb has no body
// expect: change_request::name
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
                                loop::body<&change_request::name>, loop::sends_body>
    things{};
#else
inline constexpr loop::endpoint<loop::verb::delete_, "/things", change_request, std::string,
                                loop::body<&change_request::name>>
    things{};
#endif
