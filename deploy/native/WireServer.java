import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.CollectionOptions;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.KeyValue;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.backend.h2.H2Database;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;

/**
 * mongo-java-server over one H2 file: {@code WireServer <file> <port> [<address>]}, on loopback unless an address is
 * given. SIGTERM ends it.
 *
 * Left to itself H2 writes about once a second, and kill -9 loses what it had answered since. Here a write is answered,
 * and shown to anybody, only when it is in the file, and nothing is written in the middle of one; so kill -9 loses
 * nothing that was acknowledged. (The file is not forced to the disk: a power cut may lose what the system had not
 * written.) Those who wait for the file at the same time wait for one writing of it.
 *
 * Left to itself the server keeps unique indexes only, and uses one only for a query that names its fields and nothing
 * else. Here it finds a document by its id whatever else is asked of it, and keeps an index on one field in order: else
 * every compare-and-set and every look for what is due would read the whole collection.
 */
public final class WireServer {
    private static final int RETENTION_MILLIS = 1_000;
    /** Of the memory, for what was read of the file. */
    private static final int CACHE_SHARE = 8;
    /** Threads that serve: so many writes may wait for one writing of the file. */
    private static final int AT_ONCE = 16;
    private static final String FORMAT = "madoguchi.format";
    private static final int THIS_FORMAT = 2;

    public static void main(String[] arguments) throws Exception {
        Path file = Path.of(arguments[0]);
        Files.createDirectories(file.getParent());
        int cached = (int) (Runtime.getRuntime().maxMemory() / CACHE_SHARE >> 20);
        MVStore store = new MVStore.Builder().fileName(file.toString()).cacheSize(cached).autoCommitDisabled().open();
        store.setRetentionTime(RETENTION_MILLIS);
        checkFormat(store, file);
        MongoServer server = new MongoServer(new Durable(store));
        String address = arguments.length > 2 ? arguments[2] : "127.0.0.1";
        server.bind(new InetSocketAddress(address, Integer.parseInt(arguments[1])), 1, AT_ONCE);
        Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
    }

    /** A file with something in it that does not say how it is written is of the first version. */
    private static void checkFormat(MVStore store, Path file) {
        boolean fresh = store.getMapNames().isEmpty();
        MVMap<String, Integer> format = store.openMap(FORMAT);
        if (fresh) {
            format.put("version", THIS_FORMAT);
        }
        if (!Integer.valueOf(THIS_FORMAT).equals(format.get("version"))) {
            System.err.println(file + " was written by another version of this store, which is for trying only: "
                + "remove the folder with all data of that trial and begin anew (make down; rm -r .madoguchi).");
            System.exit(1);
        }
    }

    private static final class Durable extends H2Backend {
        private static final Set<String> READS = Set.of("aggregate", "count", "distinct", "find", "getMore");
        private static final Set<String> NEITHER = Set.of(
            "buildInfo", "endSessions", "hello", "isMaster", "ismaster", "killCursors", "listCollections",
            "listDatabases", "listIndexes", "ping");
        private static final int TIDY_EVERY = 250;
        private static final int TIDY_BYTES = 512 << 10;
        private static final int WELL_FILLED_PERCENT = 70;

        /** Held by a write, and while the file is written. Fair: who writes goes before who waits for the file. */
        private final ReentrantLock turn = new ReentrantLock(true);
        private final Object file = new Object();
        private volatile long begun;
        private volatile long kept;
        private long tidied;

        Durable(MVStore store) {
            super(store);
        }

        @Override
        public Document handleMessage(MongoMessage message) {
            String command = message.getDocument().keySet().iterator().next();
            if (NEITHER.contains(command)) {
                return super.handleMessage(message);
            }
            if (READS.contains(command)) {
                Document answer = super.handleMessage(message);
                keep(begun);
                return answer;
            }
            turn.lock();
            try {
                begun++;
                return super.handleMessage(message);
            } finally {
                long mine = begun;
                turn.unlock();
                keep(mine);
            }
        }

        /** Return when the file has the writes up to that one. */
        private void keep(long last) {
            if (kept >= last) {
                return;
            }
            synchronized (file) {
                if (kept >= last) {
                    return; // who wrote the file meanwhile wrote this too
                }
                turn.lock();
                try {
                    commit();
                    kept = begun;
                    if (begun - tidied >= TIDY_EVERY) {
                        tidied = begun;
                        getMvStore().compact(WELL_FILLED_PERCENT, TIDY_BYTES);
                    }
                } finally {
                    turn.unlock();
                }
            }
        }

        @Override
        protected MongoDatabase openOrCreateDatabase(String name) {
            return new Indexed(name, getMvStore(), getCursorRegistry());
        }

        /** The maps of a database, each with the type that suits it. */
        private final class Indexed extends H2Database {
            Indexed(String name, MVStore store, CursorRegistry cursors) {
                super(name, store, cursors);
            }

            @Override
            protected MongoCollection<Object> openOrCreateCollection(String name, CollectionOptions options) {
                String full = getFullCollectionNamespace(name);
                MVMap<Object, Document> documents = getMvStore().openMap(
                    "databases." + full, new MVMap.Builder<Object, Document>().valueType(new DocumentType()));
                MVMap<String, Object> meta = getMvStore().openMap("meta." + full);
                return new CopiedCollection(this, name, options, documents, meta, cursorRegistry);
            }

            @Override
            protected Index<Object> openOrCreateUniqueIndex(String of, String name, List<IndexKey> keys, boolean sparse) {
                String map = getFullCollectionNamespace(of) + "._index_" + name; // opened here, the owner gets the same
                getMvStore().openMap(map, new MVMap.Builder<KeyValue, Object>().keyType(new KeyType()));
                Index<Object> unique = super.openOrCreateUniqueIndex(of, name, keys, sparse);
                return keys.size() == 1 ? new ExactIndex(unique, keys, sparse) : unique;
            }

            @Override
            protected Index<Object> openOrCreateSecondaryIndex(
                String of, String name, List<IndexKey> keys, boolean sparse) {
                return keys.size() == 1 ? new OrderedIndex(name, keys, sparse)
                    : super.openOrCreateSecondaryIndex(of, name, keys, sparse);
            }
        }
    }
}
