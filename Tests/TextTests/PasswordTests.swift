import Text
import Testing

struct PasswordTests {
    @Test(arguments: [
        "cassandra://u:SECRET@h", "serve=cassandra://u:SECRET@h/k?replication=1", "http://u:SECRET@h/path",
        "http://u:SE?CRET@h", "http://u:SE#CRET@h", "http://u:SE/CRET@h", "http://u:SE@CRET@h",
        "u:SECRET@h", "cassandra:u:SECRET@h", "cassandra://h?password=SECRET", "x://h/k?a=1&token=SECRET",
        "rocksdb:cassandra://u:SECRET@h",
    ])
    func `what may be a password is not shown, alone and in a message`(address: String) {
        #expect(!hidingPasswords(address).contains("CRET"))
        #expect(hidingPasswords(hidingPasswords(address)) == hidingPasswords(address))
        guard address.contains("://"), address.contains("@") else { return }
        for message in ["\(address): No such file", "cannot read '\(address)'; try again", "a (\(address))"] {
            #expect(!hidingPasswords(inMessage: message).contains("CRET"), "\(message)")
        }
    }

    @Test(arguments: [
        "http://127.0.0.1:5000", "https://[::1]:5000/a:b", "rocksdb:./data", "/var/lib/x.jsonl", "24", "",
        "cassandra://h:9042/k?replication=dc1:3&password_file=/etc/p", "2016-12-02T13:00:00Z", "FI",
    ])
    func `what holds no password stays as it is`(text: String) {
        #expect(hidingPasswords(text) == text)
        #expect(hidingPasswords(inMessage: "a \(text)  b") == "a \(text)  b")
    }

    @Test(arguments: ["http://u:SE CRET@h: No such file", "in '/x http://u:SE C RET@h': no"])
    func `a password with spaces is not shown in a message`(message: String) {
        let shown = hidingPasswords(inMessage: message)
        #expect(shown.contains("http://u:***@h"))
        #expect(!shown.contains("RET"))
    }

    @Test func `the rest of an address is shown`() {
        #expect(
            hidingPasswords("cassandra://u:p@a,b:1/k?replication=3&x=y")
                == "cassandra://u:***@a,b:1/k?replication=3&x=***"
        )
        #expect(
            hidingPasswords(inMessage: "cannot connect to http://u:p@h: refused")
                == "cannot connect to http://u:***@h: refused"
        )
    }
}
