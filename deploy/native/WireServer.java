import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.h2.mvstore.MVStore;

/**
 * mongo-java-server over one H2 file: {@code WireServer <file> <port> [<address>]}, on loopback unless an address is
 * given. SIGTERM ends it.
 *
 * Left to itself H2 writes about once a second, and kill -9 loses what it had answered since. Here a write is answered
 * only when it is in the file, and nothing is written in the middle of one; so kill -9 loses nothing that was
 * acknowledged. (The file is not forced to the disk: a power cut may lose what the system had not written.)
 */
public final class WireServer {
    private static final int RETENTION_MILLIS = 1_000;
    private static final int TIDY_EVERY = 2_000;
    private static final int TIDY_BYTES = 4 << 20;
    private static final int WELL_FILLED_PERCENT = 70;

    public static void main(String[] arguments) throws Exception {
        Path file = Path.of(arguments[0]);
        Files.createDirectories(file.getParent());
        MVStore store = new MVStore.Builder().fileName(file.toString()).autoCommitDisabled().open();
        store.setRetentionTime(RETENTION_MILLIS);
        MongoServer server = new MongoServer(new Durable(store));
        server.bind(arguments.length > 2 ? arguments[2] : "127.0.0.1", Integer.parseInt(arguments[1]));
        Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
    }

    private static final class Durable extends H2Backend {
        private static final Set<String> READS = Set.of(
            "aggregate", "buildInfo", "count", "distinct", "endSessions", "find", "getMore", "hello", "isMaster",
            "ismaster", "killCursors", "listCollections", "listDatabases", "listIndexes", "ping");

        private final Object turn = new Object();
        private int writes;

        Durable(MVStore store) {
            super(store);
        }

        @Override
        public Document handleMessage(MongoMessage message) {
            String command = message.getDocument().keySet().iterator().next();
            if (READS.contains(command)) {
                return super.handleMessage(message);
            }
            synchronized (turn) {
                try {
                    return super.handleMessage(message);
                } finally {
                    commit();
                    if (++writes % TIDY_EVERY == 0) {
                        getMvStore().compact(WELL_FILLED_PERCENT, TIDY_BYTES);
                    }
                }
            }
        }
    }
}
