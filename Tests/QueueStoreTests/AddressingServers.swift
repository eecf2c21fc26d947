import Testing

@testable import QueueStorePostgres

@Suite struct AddressingServers {
  @Test(arguments: ["postgres://db", "postgresql://", "postgres://u@h:5433/d?schema=x"])
  func `a text with the scheme names a server`(text: String) {
    #expect(ServerAddress.isAddress(text))
  }

  @Test(arguments: ["queue.db", "/tmp/postgres://", "postgres:/h", "POSTGRES://h", ""])
  func `any other text names a file`(text: String) {
    #expect(!ServerAddress.isAddress(text))
  }

  @Test func `an address without keys uses the usual schema`() throws {
    let address = try ServerAddress("postgres://host/db")
    #expect(address.schema == "queuectl")
    #expect(address.listen == nil)
    #expect(address.uri == "postgresql://host/db")
    #expect(address.shown == "postgres://host/db")
  }

  @Test func `FAULT 116: libpq sees its own keys only`() throws {
    let address = try ServerAddress(
      "postgresql://u@h/d?sslmode=require&schema=other&listen=postgres://u@h:5433/d"
        + "&application_name=x"
    )
    #expect(address.uri == "postgresql://u@h/d?sslmode=require&application_name=x")
    #expect(address.schema == "other")
    #expect(address.forListening.uri == "postgresql://u@h:5433/d")
    #expect(address.shown == "postgresql://u@h/d?sslmode=require&schema=other&application_name=x")
  }

  @Test(arguments: [
    "postgres://u:secret@h/d", "postgres://:secret@h/d", "postgres://u@h/d?password=secret",
    "postgres://u@h/d?sslpassword=secret&sslmode=require", "postgres://u:secret@/d?host=/run",
    "postgres://u:sec%2Fret@h1,h2:5433/d",
  ])
  func `FAULT 115: a password is never shown`(text: String) throws {
    let address = try ServerAddress(text)
    #expect(address.hasPassword)
    #expect(!address.shown.contains("sec"))
    #expect(address.uri.contains("sec"))
  }

  @Test func `the password of the listening address isn't shown either`() throws {
    let address = try ServerAddress("postgres://h/d?listen=postgres://u:secret@h:5433/d")
    #expect(!address.shown.contains("secret"))
    #expect(address.forListening.hasPassword)
  }

  @Test(arguments: [
    "postgres://u:sec/ret@h/d", "postgres://u:sec?ret@h/d", "postgres://u:sec@ret@h/d",
    "postgres://u:s?a=sec@h/d", "postgres://u@h/d?sec", "postgres://u@h/d?SEC=1",
    "postgres://u@h/d?s%ZZec=1", "postgres://u@h/d?sslmode=%0", "postgres://u@h/d?sslmode=%00",
    "postgres://u:sec ret@h/d", "postgres://u:sec\nret@h/d", "postgres://u@h/d?options=sec",
  ])
  func `FAULT 116: an ambiguous address is refused without quoting it`(text: String) {
    let error = #expect(throws: InvalidAddress.self) { try ServerAddress(text) }
    #expect(error.map { !"\($0)".contains("sec") } == true)
  }

  @Test(arguments: [
    "", "pg_queue", "a b", "1a", "a-b", "a\"b", "%C3%A4", "information_schema",
    String(repeating: "a", count: 64),
  ])
  func `a schema has letters, digits and underscores`(name: String) {
    #expect(throws: InvalidAddress.self) { try ServerAddress("postgres://h/d?schema=\(name)") }
  }

  @Test func `FAULT 116: addresses of libpq pass unchanged`() throws {
    for rest in ["/", "%2Frun%2Fpostgresql/d", "[::1]:5432/d", "h1:1,h2:2/d", "u@/d", ""] {
      #expect(try ServerAddress("postgres://\(rest)").uri == "postgresql://\(rest)")
    }
  }
}
