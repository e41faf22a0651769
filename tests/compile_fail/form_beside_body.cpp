// expect: intheloop: with multipart<> the body is a form: name the other members there too
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
                                loop::multipart<&change_request::file>,
                                loop::query<&change_request::name>>
    things{};
#else
inline constexpr loop::endpoint<loop::verb::post, "/things", change_request, std::string,
                                loop::multipart<&change_request::name>,
                                loop::body<&change_request::file>>
    things{};
#endif
